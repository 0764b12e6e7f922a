-- What somebody should do something about, and what: found in what the database knows already.

CREATE VIEW recommendations WITH (security_invoker = true) AS
SELECT
    'lease' AS category,
    'warning'::severity AS severity,
    execution.id::text AS subject_id,
    task.ref::text AS subject,
    'Run reap_expired_executions(): the lease of the attempt has run out.' AS recommendation,
    format('attempt %s, expired at %s', execution.attempt, execution.lease_expires_at) AS evidence
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id
WHERE execution.status = 'running'
    AND execution.lease_expires_at <= clock_timestamp() - interval '10 minutes'

UNION ALL
SELECT
    'overdue', 'warning', task.id::text, task.ref::text,
    'Raise its priority, or move its date: the task is overdue.',
    format('due at %s, %s', task.due_at, task.status)
FROM tasks AS task
WHERE NOT is_closed(task.status) AND task.due_at < clock_timestamp()

UNION ALL
SELECT
    'bottleneck', 'warning', measured.task_id::text, measured.ref,
    'Do it first, or split it: many tasks wait for it.',
    format('%s open tasks wait for it', measured.blocking_count)
FROM task_analytics AS measured
JOIN tasks AS task ON task.id = measured.task_id
WHERE measured.is_bottleneck AND measured.blocking_count >= 5 AND NOT is_closed(task.status)

UNION ALL
SELECT
    'failing task type', 'error', recent.type, recent.type,
    'Look at what its attempts report: most of the recent tasks of this type failed.',
    format('%s of %s tasks in 30 days', recent.failed, recent.ended)
FROM (
    SELECT
        task.type::text AS type,
        count(*) AS ended,
        count(*) FILTER (WHERE task.status = 'failed') AS failed
    FROM tasks AS task
    WHERE task.status IN ('completed', 'failed')
        AND task.updated_at > clock_timestamp() - interval '30 days'
    GROUP BY task.type
) AS recent
WHERE recent.ended >= 5 AND recent.failed > recent.ended / 2

UNION ALL
SELECT
    'failing agent', 'error', agent.id::text, agent.name,
    'Set it inactive until somebody has looked: most of its recent attempts failed.',
    format('%s of %s attempts in 7 days', recent.failed, recent.ended)
FROM agents AS agent
CROSS JOIN LATERAL (
    SELECT
        count(*) AS ended,
        count(*) FILTER (WHERE execution.status IN ('failed', 'timeout')) AS failed
    FROM task_executions AS execution
    WHERE execution.agent_id = agent.id
        AND execution.completed_at > clock_timestamp() - interval '7 days'
) AS recent
WHERE agent.is_active AND recent.ended >= 5 AND recent.failed > recent.ended / 2

UNION ALL
SELECT
    'health', 'error', latest.component_id::text, latest.component_name,
    'Look at the component: its latest health check found it wanting.',
    format('%s at %s', latest.status, latest.checked_at)
FROM component_latest_health AS latest
WHERE latest.status IN ('degraded', 'unhealthy')

UNION ALL
SELECT
    'error', 'critical', fault.id::text, fault.type,
    'Resolve it: a critical error is open.',
    format('%s times, last seen at %s', fault.occurrence_count, fault.last_seen_at)
FROM error_logs AS fault
WHERE fault.severity = 'critical' AND fault.status IN ('open', 'acknowledged')

UNION ALL
SELECT
    'alert', bad.severity, bad.id::text, bad.subject,
    'Look at it, and acknowledge or resolve the alert: nobody cares for it yet.',
    format('%s: %s since %s, the threshold is %s',
        rule.name, bad.actual, bad.breached_at, bad.threshold)
FROM alerts AS bad
JOIN alert_rules AS rule ON rule.id = bad.rule_id
WHERE bad.status = 'active'

UNION ALL
SELECT
    'index', 'info', usage.indexname, usage.tablename,
    'Drop the index, if the statistics tell of a time that counts: nothing has used it.',
    format('%s bytes, no scan', usage.index_size_bytes)
FROM index_usage_stats AS usage
WHERE usage.usage_category = 'UNUSED'
    AND NOT usage.is_unique
    AND usage.index_size_bytes > 100 * 1024 * 1024;

COMMENT ON VIEW recommendations IS
    'What somebody should look at: expired leases, overdue and blocking tasks, failures, health, errors, alerts, unused indexes.';
COMMENT ON COLUMN recommendations.subject_id IS 'Key of what it is about.';
COMMENT ON COLUMN recommendations.subject IS 'Name of what it is about.';
COMMENT ON COLUMN recommendations.evidence IS 'What was seen.';
