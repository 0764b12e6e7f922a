-- The whole schema in the order in which it loads, into the schema that search_path names first:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction \
--          -c 'CREATE SCHEMA taskspine' -c 'SET search_path = taskspine' -f schema/schema.sql
--
-- A file refers only to files above it.

-- What every domain uses
\ir common/uuid_v7.sql
\ir common/touch_updated_at.sql
\ir common/refuse.sql
\ir common/refuse_rewriting.sql
\ir common/refuse_other_moves.sql
\ir common/month_partitions.sql
\ir common/drop_month_partitions.sql
\ir common/normalised_repository.sql
\ir common/severity.sql
\ir common/search_query.sql

-- Record: what happened
\ir record/audit_log.sql
\ir record/audit_seals.sql
\ir record/recent_activity.sql
\ir record/changes_undone.sql
\ir record/revert_change.sql
\ir record/events.sql
\ir record/webhook_deliveries.sql
\ir record/error_fingerprint.sql
\ir record/error_logs.sql
\ir record/critical_errors.sql
\ir record/error_summary.sql

-- Work: what is to be done, in which order, by whom, and each attempt
\ir work/projects.sql
\ir work/project_settings.sql
\ir work/agents.sql
\ir work/task_lists.sql
\ir work/task_status_transitions.sql
\ir work/task_status_aliases.sql
\ir work/task_priority_aliases.sql
\ir work/task_graph_epochs.sql
\ir work/tasks.sql
\ir work/task_details.sql
\ir work/task_words.sql
\ir work/search_tasks.sql
\ir work/task_executions.sql
\ir work/task_dependencies.sql
\ir work/task_dependency_kind_aliases.sql
\ir work/task_external_dependencies.sql
\ir work/external_references.sql
\ir work/task_dependency_status.sql
\ir work/task_conflicts.sql
\ir work/task_contexts.sql
\ir work/task_ticks.sql
\ir work/claim_limits.sql
\ir work/tasks_follow_status.sql
\ir work/delete_tasks.sql
\ir work/task_overview.sql
\ir work/task_items.sql
\ir work/contexts.sql
\ir work/task_context_summary.sql
\ir work/task_summary.sql
\ir work/task_status_summary.sql
\ir work/active_tasks.sql
\ir work/claimable_tasks.sql
\ir work/ready_tasks.sql
\ir work/blocked_tasks.sql
\ir work/task_attempts.sql
\ir work/task_execution_summary.sql
\ir work/claim_tasks.sql
\ir work/finish_executions.sql
\ir work/task_metrics.sql
\ir work/graph_questions.sql
\ir work/check_invariants.sql
\ir work/execution_history.sql
\ir work/task_timeline.sql
\ir work/as_of.sql

-- Workflow: work run as a procedure with steps
\ir workflow/workflows.sql
\ir workflow/workflow_tasks.sql
\ir workflow/workflow_steps.sql
\ir workflow/workflow_progress.sql
\ir workflow/workflow_states.sql
\ir workflow/workflow_events.sql

-- Access: by which right and with which settings
\ir access/agent_configurations.sql
\ir access/rate_limits.sql
\ir access/api_keys.sql
\ir access/api_key_usage.sql
\ir access/active_api_keys.sql
\ir access/api_key_usage_summary.sql

-- Delivery: what came out of it
\ir delivery/pull_request_status_transitions.sql
\ir delivery/pull_requests.sql
\ir delivery/validations.sql
\ir delivery/pr_validation_status.sql
\ir delivery/pr_tracking.sql

-- Knowledge: what was learnt
\ir knowledge/attempt_went_well.sql
\ir knowledge/templates.sql
\ir knowledge/template_usage.sql
\ir knowledge/template_performance.sql
\ir knowledge/learning_patterns.sql
\ir knowledge/learning_pattern_applications.sql
\ir knowledge/learning_patterns_effectiveness.sql
\ir knowledge/estimate_corrections.sql
\ir knowledge/knowledge_articles.sql

-- Operations: how the system itself is doing
\ir operations/components.sql
\ir operations/component_messages.sql
\ir operations/component_communication_summary.sql
\ir operations/health_checks.sql
\ir operations/component_latest_health.sql
\ir operations/metrics.sql
\ir operations/system_health.sql
\ir operations/sample_database_metrics.sql
\ir operations/baselines.sql
\ir operations/alert_rules.sql
\ir operations/alert_suppressions.sql
\ir operations/alerts.sql
\ir operations/evaluate_alerts.sql
\ir operations/import_runs.sql
\ir operations/import_findings.sql
\ir operations/migration_history.sql
\ir operations/legal_holds.sql
\ir operations/retention_policies.sql
\ir operations/index_usage_stats.sql
\ir operations/slow_queries.sql
\ir operations/apply_retention.sql
\ir operations/task_analytics.sql
\ir operations/workflow_analytics.sql
\ir operations/system_overview.sql
\ir operations/recommendations.sql
