-- Tables over a run's events. `events`, `genesis_rows`, `texts`, `unreadable`, `torn_tails` and `broken_files` are made by database.py, from files.
-- Every view but `line`, `ancestry`, `final_state` and the macros counts an event once: under the episode that recorded
-- it, not under its forks. Names, keys and texts of the world only ever appear as values here, never as SQL or paths.

-- How each episode was opened: one row per episode.
CREATE VIEW openings AS
SELECT run, episode, seq, at_ms, data, beside,
    data->>'$.parent.episode' AS parent,
    TRY_CAST(data->>'$.parent.seq' AS BIGINT) AS parent_seq,
    data->>'$.genesis' AS genesis
FROM events WHERE kind = 'episode.opened';

-- The episodes whose events make up an episode's history: itself and its ancestors, each up to and including `upto`.
-- `genesis` is the world the episode started from.
CREATE VIEW ancestry AS
WITH RECURSIVE
born AS MATERIALIZED (SELECT run, episode, parent, parent_seq, genesis FROM openings),
up(run, episode, ancestor, upto, genesis) AS (
    SELECT run, episode, episode, 9223372036854775807, genesis FROM born
    UNION
    SELECT up.run, up.episode, born.parent, least(up.upto, born.parent_seq), up.genesis
    FROM up JOIN born ON born.run = up.run AND born.episode = up.ancestor
    WHERE born.parent IS NOT NULL
)
FROM up;

-- Every event of every episode, inherited ones included. `origin` is the episode that recorded it.
CREATE VIEW line AS
SELECT a.run, a.episode, e.seq, e.kind, e.at_ms, e.time, e.cause, e.data, e.changes, e.hash, e.wall_ms, e.beside,
    e.episode AS origin, e.episode <> a.episode AS inherited
FROM ancestry a JOIN events e ON e.run = a.run AND e.episode = a.ancestor AND e.seq <= a.upto;

-- One row per change of an event. `set` is a JSON object, `removed` a list of field names.
CREATE VIEW changes AS
SELECT run, episode, seq, kind, position, change.entity AS entity, change.id AS id, change.set AS set,
    coalesce(change.removed, []) AS removed
FROM (
    SELECT run, episode, seq, kind, unnest(listed) AS change, generate_subscripts(listed, 1) AS position
    FROM (
        SELECT run, episode, seq, kind,
            from_json(changes, '[{"entity":"VARCHAR","id":"VARCHAR","set":"JSON","removed":["VARCHAR"]}]') AS listed
        FROM events WHERE changes IS NOT NULL
    )
);

-- One row per tool call. ok: false for a rejection, NULL where there is no reply (a voided or unfinished call).
-- error: what the agent was told, or why the handler failed. rows: how many a reply that is an array has.
-- position: 1 for the episode's own first call.
CREATE VIEW tool_calls AS
SELECT run, episode, seq, position, tool, arguments, ok,
    CASE WHEN ok THEN NULL ELSE coalesce(reply->>'$.error', failure) END AS error,
    reply,
    CASE WHEN json_type(reply) = 'ARRAY' THEN json_array_length(reply)::BIGINT END AS rows,
    changes, returned_seq, at_ms, time, call_id
FROM (
    SELECT run, episode, call AS seq,
        row_number() OVER (PARTITION BY run, episode ORDER BY call) AS position,
        any_value(CASE WHEN kind = 'tool.called' THEN data->>'$.tool' END) AS tool,
        any_value(CASE WHEN kind = 'tool.called' THEN data->'$.arguments' END) AS arguments,
        any_value(CASE WHEN kind = 'tool.called' THEN data->>'$.call_id' END) AS call_id,
        any_value(CASE WHEN kind = 'tool.returned' THEN CAST(data->>'$.ok' AS BOOLEAN) END) AS ok,
        any_value(CASE WHEN kind = 'tool.returned' THEN data->'$.reply' END) AS reply,
        any_value(CASE WHEN kind = 'tool.returned' THEN seq END) AS returned_seq,
        any_value(CASE WHEN kind = 'episode.voided'
            THEN concat(data->>'$.error', ': ', data->>'$.message') END) AS failure,
        coalesce(sum(json_array_length(changes)), 0)::BIGINT AS changes,
        min(at_ms) AS at_ms, min(time) AS time
    FROM (SELECT *, CASE WHEN kind = 'tool.called' THEN seq ELSE cause END AS call FROM events)
    GROUP BY run, episode, call
    HAVING bool_or(kind = 'tool.called')
);

-- What was said: prompts, model turns and answers. A long prompt is recorded by digest and found in `texts`.
CREATE VIEW messages AS
SELECT e.run, e.episode, e.seq, e.kind,
    CASE WHEN e.kind = 'prompt.given' THEN e.data->>'$.role' ELSE 'assistant' END AS role,
    coalesce(e.data->>'$.text', t.text) AS text,
    e.data->'$.tool_calls' AS tool_calls, e.data, e.at_ms, e.time
FROM events e LEFT JOIN texts t ON t.run = e.run AND t.digest = e.data->>'$.digest'
WHERE e.kind IN ('prompt.given', 'model.responded', 'answer.submitted');

-- One row per episode. events, calls, rejections: its own, not its parents'. task_id is its own or its first ancestor's.
CREATE VIEW episodes AS
WITH counted AS MATERIALIZED (
    SELECT run, episode, min(seq) AS first_seq, count(*) AS events,
        count(*) FILTER (kind = 'tool.called') AS calls,
        count(*) FILTER (kind = 'tool.returned' AND data->>'$.ok' = 'false') AS rejections,
        any_value(CASE WHEN kind = 'episode.opened' THEN data END) AS opened,
        any_value(CASE WHEN kind = 'episode.opened' THEN beside END) AS beside,
        arg_max(data, seq) FILTER (kind = 'episode.graded') AS grade,
        arg_max(data->>'$.text', seq) FILTER (kind = 'answer.submitted') AS answer,
        CASE WHEN bool_or(kind = 'episode.voided') THEN 'voided'
             WHEN bool_or(kind = 'episode.closed') THEN 'closed' ELSE 'open' END AS status,
        any_value(CASE WHEN kind = 'episode.closed' THEN data->>'$.reason' END) AS closed_because,
        min(wall_ms) AS began_wall_ms, max(wall_ms) AS ended_wall_ms
    FROM events GROUP BY run, episode
),
root(run, episode, above, above_task) AS (
    SELECT run, episode, opened->>'$.parent.episode', opened->>'$.task.id' FROM counted
),
tasks AS (
    WITH RECURSIVE up(run, episode, above, task_id) AS (
        FROM root
        UNION
        SELECT up.run, up.episode, root.above, root.above_task
        FROM up JOIN root ON root.run = up.run AND root.episode = up.above
        WHERE up.task_id IS NULL
    )
    SELECT run, episode, any_value(task_id) AS task_id FROM up GROUP BY run, episode
)
SELECT c.run, c.episode, tasks.task_id,
    c.beside->>'$.labels.agent' AS agent,
    TRY_CAST(c.beside->>'$.labels.trial' AS BIGINT) AS trial,
    c.status, c.closed_because,
    c.opened->>'$.parent.episode' AS parent,
    TRY_CAST(c.opened->>'$.parent.seq' AS BIGINT) AS parent_seq,
    c.first_seq, c.events, c.calls, c.rejections, c.answer,
    TRY_CAST(c.grade->>'$.reward' AS DOUBLE) AS reward,
    TRY_CAST(c.grade->>'$.passed' AS BOOLEAN) AS passed,
    TRY_CAST(c.grade->>'$.code_reward' AS DOUBLE) AS code_reward,
    TRY_CAST(c.grade->>'$.code_passed' AS BOOLEAN) AS code_passed,
    c.grade->>'$.not_applicable' AS not_applicable,
    c.opened->>'$.genesis' AS genesis, c.opened->>'$.toolset' AS toolset,
    c.beside->'$.labels' AS labels, c.began_wall_ms, c.ended_wall_ms
FROM counted c LEFT JOIN tasks USING (run, episode);

-- One row per criterion of an episode's last grade. passed: null while it waits for a judge. abstained: code could not tell.
CREATE VIEW criteria AS
SELECT run, episode, seq, position, detail->>'$.id' AS id, TRY_CAST(detail->>'$.passed' AS BOOLEAN) AS passed,
    coalesce(TRY_CAST(detail->>'$.abstained' AS BOOLEAN), false) AS abstained, detail
FROM (
    SELECT run, episode, seq, unnest(listed) AS detail, generate_subscripts(listed, 1) AS position
    FROM (
        SELECT run, episode, max(seq) AS seq, arg_max(CAST(data->'$.criteria' AS JSON[]), seq) AS listed
        FROM events WHERE kind = 'episode.graded' GROUP BY run, episode
    )
);

-- One row per run. passed, reward: by code, over graded episodes; waiting: graded ones whose `reward` is null until a judge has
-- spoken, so that an average of `reward` drops them; unjudged, abstained: criteria that wait, and that code could not tell.
CREATE VIEW runs AS
WITH waits AS (
    SELECT run, count(*) FILTER (passed IS NULL AND NOT abstained) AS unjudged, count(*) FILTER (abstained) AS abstained
    FROM criteria GROUP BY run
)
SELECT e.run, count(*) AS episodes, count(e.code_reward) AS graded, count(*) FILTER (e.code_passed) AS passed,
    avg(e.code_reward) AS reward, count(*) FILTER (e.code_reward IS NOT NULL AND e.reward IS NULL) AS waiting,
    coalesce(any_value(w.unjudged), 0) AS unjudged, coalesce(any_value(w.abstained), 0) AS abstained
FROM episodes e LEFT JOIN waits w USING (run) GROUP BY e.run;

-- One row per verdict of a judge, in the order in which they were said.
CREATE VIEW verdicts AS
SELECT run, episode, seq, data->>'$.criterion' AS id, TRY_CAST(data->>'$.verdict' AS BOOLEAN) AS verdict,
    data->>'$.model' AS model, data->'$.votes' AS votes, data->>'$.question' AS question
FROM events WHERE kind = 'criterion.judged';

-- --- state: the fold in SQL -----------------------------------------------------------------------------------------
-- Only rows that some event changed are put together field by field; all others pass through from genesis as they are.
-- The last word on a field wins, and `removed` comes after `set` of the same change. '' stands for removed: no JSON
-- text is empty, so a field that holds null ('null') is never confused with one that is not there.
CREATE MACRO folded(ep, upto_seq, of_run) AS TABLE
WITH
kin AS MATERIALIZED (
    FROM ancestry WHERE (ep IS NULL OR episode = ep) AND (of_run IS NULL OR run = of_run)
),
made AS MATERIALIZED (
    SELECT k.run, k.episode, c.seq, c.position, c.entity, c.id, c.set, c.removed
    FROM kin k JOIN changes c ON c.run = k.run AND c.episode = k.ancestor AND c.seq <= k.upto
    WHERE upto_seq IS NULL OR c.seq <= upto_seq
),
touched AS MATERIALIZED (SELECT DISTINCT run, episode, entity, id FROM made),
base AS (
    SELECT k.run, k.episode, g.entity, g.id, g.row
    FROM kin k JOIN genesis_rows g ON g.run = k.run AND g.genesis = k.genesis
    WHERE k.episode = k.ancestor
),
words(run, episode, entity, id, field, value, seq, position, ordinal) AS (
    SELECT b.run, b.episode, b.entity, b.id, f.key, f.value::VARCHAR, -1, 0, f.id
    FROM base b SEMI JOIN touched USING (run, episode, entity, id), json_each(b.row) f
    UNION ALL
    SELECT m.run, m.episode, m.entity, m.id, f.key, f.value::VARCHAR, m.seq, 2 * m.position, f.id
    FROM made m, json_each(m.set) f
    UNION ALL
    SELECT run, episode, entity, id, unnest(removed), '', seq, 2 * position + 1, 0 FROM made
),
fields AS (
    SELECT run, episode, entity, id, field,
        arg_max(value, (seq, position)) AS value, min((seq, position, ordinal)) AS first
    FROM words GROUP BY run, episode, entity, id, field
),
rebuilt AS (
    SELECT run, episode, entity, id,
        '{' || string_agg(to_json(field)::VARCHAR || ':' || value, ',' ORDER BY first) || '}' AS row
    FROM fields WHERE value <> '' GROUP BY run, episode, entity, id
)
SELECT run, episode, entity, id, coalesce(row, '{}')::JSON AS row
FROM touched LEFT JOIN rebuilt USING (run, episode, entity, id)
UNION ALL
SELECT run, episode, entity, id, row FROM base ANTI JOIN touched USING (run, episode, entity, id);

-- The rows of an episode's world after event `upto_seq` (-1: genesis). Where several runs have such an episode, name one.
CREATE MACRO state_at(ep, upto_seq, of_run := NULL) AS TABLE
SELECT entity, id, row FROM folded(ep, upto_seq, of_run);

-- The rows each episode ended with, or has come to so far.
CREATE VIEW final_state AS FROM folded(NULL, NULL, NULL);

-- --- one episode with all it inherited ------------------------------------------------------------------------------

-- Its calls in order; position counts inherited ones too.
CREATE MACRO calls_of(ep, of_run := NULL) AS TABLE
SELECT c.* EXCLUDE (episode, position), a.episode, c.episode AS origin,
    row_number() OVER (PARTITION BY a.run ORDER BY c.seq) AS position
FROM ancestry a JOIN tool_calls c ON c.run = a.run AND c.episode = a.ancestor AND c.seq <= a.upto
WHERE a.episode = ep AND (of_run IS NULL OR a.run = of_run)
ORDER BY c.run, c.seq;

-- Its conversation in order.
CREATE MACRO messages_of(ep, of_run := NULL) AS TABLE
SELECT m.* EXCLUDE (episode), a.episode, m.episode AS origin
FROM ancestry a JOIN messages m ON m.run = a.run AND m.episode = a.ancestor AND m.seq <= a.upto
WHERE a.episode = ep AND (of_run IS NULL OR a.run = of_run)
ORDER BY m.run, m.seq;

-- --- what is wrong with the files -----------------------------------------------------------------------------------
-- One row per fault. Altered bytes inside an intact line are found by the hash chain: `corecraft verify`, not by SQL.
CREATE VIEW damages AS
SELECT run, segment, NULL AS episode, reason FROM torn_tails
UNION ALL
SELECT run, file, NULL, reason FROM broken_files
UNION ALL
SELECT run, segment, NULL, concat(lines - torn, ' lines cannot be read')
FROM (
    SELECT u.run, u.segment, count(*) AS lines, (SELECT count(*) FROM torn_tails t WHERE t.segment = u.segment AND t.hash IS NULL) AS torn
    FROM unreadable u GROUP BY u.run, u.segment
) WHERE lines > torn AND segment NOT IN (SELECT segment FROM live_segments)
UNION ALL
FROM (
    WITH lines AS MATERIALIZED (
        SELECT run, episode, count(*) AS events, min(seq) AS low, max(seq) AS high, arg_min(kind, seq) AS first,
            any_value(CASE WHEN kind = 'episode.opened' THEN data->>'$.parent.episode' END) AS parent
        FROM events GROUP BY run, episode
    )
    SELECT run, NULL, episode, concat(events, ' events from seq ', low, ' to ', high, ': some are missing or doubled')
    FROM lines WHERE events <> high - low + 1
    UNION ALL
    SELECT run, NULL, episode, 'does not begin with episode.opened' FROM lines WHERE first <> 'episode.opened'
    UNION ALL
    SELECT run, NULL, episode, concat('its parent ', parent, ' is not in this run')
    FROM lines c ANTI JOIN lines p ON p.run = c.run AND p.episode = c.parent
    WHERE parent IS NOT NULL AND run NOT IN (SELECT run FROM live_segments)
);
