-- Templates to begin with. What is there already stays as it is, later versions too.

INSERT INTO templates (name, version, type, category, description, variables, content, created_by)
VALUES
    (
        'task_implementation', 1, 'prompt', 'feature', 'What an agent is told to implement a task.',
        '["title", "description", "requirements", "acceptance_criteria", "affected_files"]',
        '# {{title}}

{{description}}

## Requirements
{{requirements}}

## Done when
{{acceptance_criteria}}

## Files
{{affected_files}}

Make the smallest change that meets every requirement. Add tests that fail without it. Leave what
the task does not name as it is, and say what you could not do.
', 'taskspine'
    ),
    (
        'bug_fix', 1, 'prompt', 'bug_fix', 'What an agent is told to correct a fault.',
        '["title", "description", "steps", "expected", "actual"]',
        '# {{title}}

{{description}}

## How to see it
{{steps}}

Expected: {{expected}}
Actual: {{actual}}

First write a test that shows the fault. Find its cause, not only where it shows, and correct that.
Look for the same fault elsewhere.
', 'taskspine'
    ),
    (
        'code_review', 1, 'code_review', 'review', 'What a reviewer of a pull request is told.',
        '["title", "description", "diff", "acceptance_criteria"]',
        '# Review of {{title}}

{{description}}

## Done when
{{acceptance_criteria}}

## Change
{{diff}}

Say what is wrong, where, and what would put it right: first what is incorrect or unsafe, then what
is untested, then what is hard to read. Say so when nothing is wrong.
', 'taskspine'
    ),
    (
        'pull_request_description', 1, 'pull_request', 'documentation',
        'The description of a pull request.',
        '["task_ref", "summary", "changes", "tests"]',
        '## Why
{{summary}} ({{task_ref}})

## What
{{changes}}

## How it was proven
{{tests}}
', 'taskspine'
    ),
    (
        'task_breakdown', 1, 'prompt', 'planning', 'What an agent is told to divide a task.',
        '["title", "description", "requirements"]',
        '# Divide: {{title}}

{{description}}

## Requirements
{{requirements}}

Give tasks that can each be done and proven alone within a day. For each: a title, what it brings,
when it is done, and which of the others it waits for.
', 'taskspine'
    )
ON CONFLICT (name, version) DO NOTHING;
