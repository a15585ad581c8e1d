-- Tables over a run's events. What users see stands in `main`, each with its description: the comment of a view says what a row
-- is and gives a query to start from; that of a column says what it means and, in brackets, its unit. A column without one means
-- what it means in `events`. `corecraft sql --schema` and docs/sql.md are made of these comments (catalogue.py).
--
-- `parts` holds what views are made of; database.py makes some of it from files, and `events`. Every view comes in order of run,
-- episode, seq and so on, but `events`, which comes as it is written. Names, keys and texts of the world only ever appear as
-- values here, never as SQL or paths.

COMMENT ON VIEW events IS $$One row per event of the log, under the episode that recorded it. In the order of its files, since sorting a whole log would cost more than most queries: as written or, once sealed, by episode; within an episode always by seq.
SELECT kind, count(*) AS events FROM events GROUP BY kind ORDER BY events DESC$$;
COMMENT ON COLUMN events.run IS 'name of the run''s folder; its path where two runs have the same name';
COMMENT ON COLUMN events.episode IS 'id of the episode; two runs may have the same';
COMMENT ON COLUMN events.seq IS 'place of the event in its line, from 0, counted through all ancestors';
COMMENT ON COLUMN events.kind IS 'what happened, in the past tense; docs/format.md lists the kinds with their data';
COMMENT ON COLUMN events.at_ms IS 'simulation time, which stands still unless the clock is moved [ms since 1970, UTC]';
COMMENT ON COLUMN events.time IS 'the same, as a timestamp [UTC]';
COMMENT ON COLUMN events.cause IS 'seq of the event that brought it about';
COMMENT ON COLUMN events.tool IS 'of tool.called: which tool';
COMMENT ON COLUMN events.ok IS 'of tool.returned: false for a rejection';
COMMENT ON COLUMN events.data IS 'what happened, in detail';
COMMENT ON COLUMN events.changes IS 'what it did to rows, as recorded; `changes` has it row by row';
COMMENT ON COLUMN events.hash IS 'SHA-256 of the history up to here: equal hashes are equal histories';
COMMENT ON COLUMN events.wall_ms IS 'when it was written, by the wall clock [ms since 1970, UTC]';
COMMENT ON COLUMN events.beside IS 'what is kept without being part of the history, such as cost and latency; beside an opening, labels';

-- The rows of the starting worlds. As a map: `json_each` takes forty times as long on large objects.
CREATE VIEW parts.genesis_rows AS
SELECT run, genesis, entity, entry.key AS id, entry.value AS row
FROM (
    SELECT run, digest AS genesis, name AS entity, unnest(map_entries(from_json(content, '"MAP(VARCHAR, JSON)"'))) AS entry
    FROM parts.entities
);

-- How each episode was opened: one row per episode.
CREATE VIEW parts.openings AS
SELECT run, episode, parent, parent_seq, genesis FROM parts.lines WHERE readable AND kind = 'episode.opened';

CREATE VIEW ancestry AS
WITH RECURSIVE
born AS MATERIALIZED (FROM parts.openings),
up(run, episode, ancestor, upto, genesis) AS (
    SELECT run, episode, episode, 9223372036854775807, genesis FROM born
    UNION
    SELECT up.run, up.episode, born.parent, least(up.upto, born.parent_seq), up.genesis
    FROM up JOIN born ON born.run = up.run AND born.episode = up.ancestor
    WHERE born.parent IS NOT NULL
)
FROM up ORDER BY run, episode, upto DESC;
COMMENT ON VIEW ancestry IS $$One row per episode whose events make up an episode's history: itself and its ancestors, each up to an event. Join with it on `ancestor` and `seq <= upto` to count what a fork inherited.
SELECT a.episode, count(*) AS calls FROM ancestry a JOIN tool_calls c ON c.run = a.run AND c.episode = a.ancestor AND c.seq <= a.upto GROUP BY ALL$$;
COMMENT ON COLUMN ancestry.ancestor IS 'an episode whose events are part of its history; its own id in one row';
COMMENT ON COLUMN ancestry.upto IS 'seq of the last event of the ancestor that is; of its own, the largest number there is';
COMMENT ON COLUMN ancestry.genesis IS 'digest of the world it started from';

-- The ancestry of one episode, or of all where `ep` is null. A name that is no episode's, or several runs', is an error.
-- What a macro is given stands in it as often as it is named, so `asked` takes it once: it may be a whole query.
CREATE MACRO parts.kin(ep, of_run) AS TABLE
WITH
asked AS MATERIALIZED (SELECT ep AS name, of_run AS only_run),
kin AS MATERIALIZED (
    SELECT a.* FROM ancestry a, asked WHERE (name IS NULL OR a.episode = name) AND (only_run IS NULL OR a.run = only_run)
)
FROM kin WHERE (
    SELECT CASE WHEN name IS NULL OR runs = 1 THEN true
        WHEN runs = 0 THEN error(concat('There is no episode ', name, ' in ' || only_run))
        ELSE error(concat(runs, ' runs have an episode ', name, '; name one: of_run := ''', first, '''')) END
    FROM asked, (SELECT count(DISTINCT run) AS runs, min(run) AS first FROM kin)
);

-- Replies of the past as forks have them otherwise, in the line of each fork and of all that were forked from it; the latest counts.
CREATE VIEW parts.edited_here AS
SELECT run, episode, opening, TRY_CAST(edit->>'$.seq' AS BIGINT) AS seq, coalesce(TRY_CAST(edit->>'$.ok' AS BOOLEAN), true) AS ok,
    edit->'$.reply' AS reply
FROM (
    SELECT e.run, e.episode, e.seq AS opening, unnest(TRY_CAST(e.data->'$.replies' AS JSON[])) AS edit
    FROM events e SEMI JOIN (FROM parts.openings WHERE parent IS NOT NULL) USING (run, episode) WHERE e.kind = 'episode.opened'
);

CREATE VIEW parts.edited AS
SELECT a.run, a.episode, x.seq, arg_max(x.ok, x.opening) AS ok, arg_max(x.reply, x.opening) AS reply
FROM parts.edited_here x JOIN ancestry a ON a.run = x.run AND a.ancestor = x.episode AND x.opening <= a.upto
WHERE x.seq IS NOT NULL AND x.reply IS NOT NULL
GROUP BY a.run, a.episode, x.seq;

CREATE MACRO parts.told(ep, of_run) AS TABLE
SELECT a.run, a.episode, e.seq, e.kind, e.at_ms, e.time, e.cause, e.tool,
    CASE WHEN x.seq IS NULL THEN e.ok ELSE x.ok END AS ok,
    CASE WHEN x.seq IS NULL THEN e.data ELSE json_object('ok', x.ok, 'reply', x.reply) END AS data,
    e.changes, e.hash, e.wall_ms, e.beside,
    e.episode AS origin, e.episode <> a.episode AS inherited, x.seq IS NOT NULL AS edited
FROM parts.kin(ep, of_run) a JOIN events e ON e.run = a.run AND e.episode = a.ancestor AND e.seq <= a.upto
LEFT JOIN parts.edited x ON x.run = a.run AND x.episode = a.episode AND x.seq = e.seq AND e.kind = 'tool.returned'
ORDER BY a.run, a.episode, e.seq;

CREATE VIEW line AS FROM parts.told(NULL, NULL);
COMMENT ON VIEW line IS $$One row per event of an episode's whole history, inherited ones included: an event counts once for its episode and once for each fork after it. `line_calls`, `line_changes` and `line_messages` are the same of calls, changes and messages.
SELECT episode, count(*) AS events, count(*) FILTER (inherited) AS inherited FROM line GROUP BY episode$$;
COMMENT ON COLUMN line.origin IS 'the episode that recorded it';
COMMENT ON COLUMN line.inherited IS 'whether that is an ancestor';
COMMENT ON COLUMN line.edited IS 'whether `ok` and `data` are those that a fork has otherwise: the reply as its agent read it. `changes` and `hash` are as recorded';

-- --- episodes, and what they did -------------------------------------------------------------------------------------

CREATE VIEW episodes AS
WITH totals AS (
    SELECT run, episode, min(seq) AS first_seq, count(*) AS events,
        count(*) FILTER (kind = 'tool.called') AS calls,
        count(*) FILTER (NOT ok) AS rejections,
        CASE WHEN bool_or(kind = 'episode.voided') THEN 'voided'
             WHEN bool_or(kind = 'agent.failed') THEN 'failed'
             WHEN bool_or(kind = 'episode.closed') THEN 'closed' ELSE 'open' END AS status,
        min(wall_ms) AS began_wall_ms, max(wall_ms) AS ended_wall_ms
    FROM events GROUP BY run, episode
),
told AS ( -- apart: what is counted stands in columns of its own, and of a sealed run no line must be read for it
    SELECT run, episode,
        any_value(CASE WHEN kind = 'episode.opened' THEN {
            'above': data->>'$.parent.episode', 'seq': TRY_CAST(data->>'$.parent.seq' AS BIGINT), 'task': data->'$.task',
            'genesis': data->>'$.genesis', 'toolset': data->>'$.toolset', 'labels': beside->'$.labels'
        } END) AS opened,
        arg_max({
            'reward': TRY_CAST(data->>'$.reward' AS DOUBLE), 'passed': TRY_CAST(data->>'$.passed' AS BOOLEAN),
            'code_reward': TRY_CAST(data->>'$.code_reward' AS DOUBLE),
            'code_passed': TRY_CAST(data->>'$.code_passed' AS BOOLEAN), 'not_applicable': data->>'$.not_applicable'
        }, seq) FILTER (kind = 'episode.graded') AS grade,
        arg_max(data->>'$.text', seq) FILTER (kind = 'answer.submitted') AS answer,
        any_value(CASE WHEN kind = 'episode.closed' THEN data->>'$.reason' END) AS closed_because
    FROM events WHERE kind IN ('episode.opened', 'episode.graded', 'answer.submitted', 'episode.closed')
    GROUP BY run, episode
),
counted AS MATERIALIZED (
    SELECT * FROM totals LEFT JOIN told USING (run, episode)
),
root(run, episode, above, above_task) AS (
    SELECT run, episode, opened.above, opened.task FROM counted
),
tasks AS (
    WITH RECURSIVE up(run, episode, above, task) AS (
        SELECT run, episode, above, CASE WHEN json_type(above_task) = 'OBJECT' THEN above_task END FROM root
        UNION
        SELECT up.run, up.episode, root.above, CASE WHEN json_type(root.above_task) = 'OBJECT' THEN root.above_task END
        FROM up JOIN root ON root.run = up.run AND root.episode = up.above
        WHERE up.task IS NULL
    )
    SELECT run, episode, any_value(task) AS task FROM up GROUP BY run, episode
)
SELECT c.run, c.episode, tasks.task->>'$.id' AS task_id,
    c.opened.labels->>'$.agent' AS agent,
    TRY_CAST(c.opened.labels->>'$.trial' AS BIGINT) AS trial,
    c.status, c.closed_because, c.opened.above AS parent, c.opened.seq AS parent_seq,
    c.first_seq, c.events, c.calls, c.rejections, c.answer,
    c.grade.reward AS reward, c.grade.passed AS passed, c.grade.code_reward AS code_reward, c.grade.code_passed AS code_passed,
    c.grade.not_applicable AS not_applicable, c.opened.genesis AS genesis, c.opened.toolset AS toolset,
    c.opened.labels AS labels, c.began_wall_ms, c.ended_wall_ms,
    tasks.task->>'$.digest' AS task_digest
FROM counted c LEFT JOIN tasks USING (run, episode)
ORDER BY c.run, c.episode;
COMMENT ON VIEW episodes IS $$One row per episode, forks included, with its last grade: `WHERE parent IS NULL` leaves forks out. Counts are of its own events; what it inherited counts under the episode that recorded it (`line` has both).
SELECT agent, count(*) AS episodes, avg(code_reward) AS reward, count(*) FILTER (code_passed) AS passed FROM episodes WHERE parent IS NULL GROUP BY agent$$;
COMMENT ON COLUMN episodes.task_id IS 'the task it was opened on; of a fork that names none, its nearest ancestor''s';
COMMENT ON COLUMN episodes.agent IS 'who played, as the runner labelled it';
COMMENT ON COLUMN episodes.trial IS 'number of the trial, from 0, as the runner labelled it';
COMMENT ON COLUMN episodes.status IS 'open: it can go on; closed: it ended, with an answer or without; failed: the agent itself did (event `agent.failed`); voided: a tool failed by our fault. Failed and voided ones count for nothing';
COMMENT ON COLUMN episodes.closed_because IS 'answered, or why it ended without an answer: budget_exhausted, agent_failed, or what the runner gave';
COMMENT ON COLUMN episodes.parent IS 'the episode it was forked from; null where it is no fork';
COMMENT ON COLUMN episodes.parent_seq IS 'seq of the last event it inherited';
COMMENT ON COLUMN episodes.first_seq IS 'seq of its own first event: of a fork parent_seq + 1, which is its opening, so that its first call comes after it';
COMMENT ON COLUMN episodes.events IS 'its own events';
COMMENT ON COLUMN episodes.calls IS 'its own tool calls';
COMMENT ON COLUMN episodes.rejections IS 'those of them that the tool rejected';
COMMENT ON COLUMN episodes.answer IS 'its final answer';
COMMENT ON COLUMN episodes.reward IS 'over all criteria; null until a judge has ruled on those that code leaves to him, so that an average silently drops such episodes: compare by code_reward [0 to 1]';
COMMENT ON COLUMN episodes.passed IS 'whether all criteria are met; null as long as reward is';
COMMENT ON COLUMN episodes.code_reward IS 'over the criteria that code decides, there for every graded episode: the figure to compare by [0 to 1]';
COMMENT ON COLUMN episodes.code_passed IS 'whether code finds all of its criteria met; null where it fails none but could not tell of some';
COMMENT ON COLUMN episodes.not_applicable IS 'why there is no grade: a fork changed the world so that the task does not fit it; else empty';
COMMENT ON COLUMN episodes.genesis IS 'digest of the world it started from';
COMMENT ON COLUMN episodes.toolset IS 'digest of the tools it was given';
COMMENT ON COLUMN episodes.labels IS 'all labels of the runner';
COMMENT ON COLUMN episodes.began_wall_ms IS 'when its first event was written [ms since 1970, UTC]';
COMMENT ON COLUMN episodes.ended_wall_ms IS 'when its last event was written, a late grade included [ms since 1970, UTC]';
COMMENT ON COLUMN episodes.task_digest IS 'digest of that task as it was then; joins with `tasks`';

-- What forks have otherwise than the past they share, by where it is recorded: in their openings, and in what stands between those
-- and the first thing that their agents did. The tools of the past are those of the opening before, of whatever ancestor.
CREATE VIEW parts.otherwise AS
WITH
forked AS MATERIALIZED (SELECT run, episode FROM parts.openings WHERE parent IS NOT NULL),
opened AS MATERIALIZED (
    SELECT run, episode, seq, data->>'$.tools' AS tools, changes, data->'$.replies' AS replies,
        coalesce(TRY_CAST(from_json(data->'$.described', '"MAP(VARCHAR, VARCHAR)"') AS MAP(VARCHAR, VARCHAR)), MAP {}) AS described
    FROM events WHERE kind = 'episode.opened'
),
past AS (
    SELECT a.run, a.episode, arg_max(o.tools, o.seq) AS tools, arg_max(o.described, o.seq) AS described
    FROM ancestry a JOIN opened o ON o.run = a.run AND o.episode = a.ancestor AND o.seq <= a.upto
    WHERE a.ancestor <> a.episode GROUP BY a.run, a.episode
),
begun AS (
    SELECT run, episode, min(seq) AS seq FROM events SEMI JOIN forked USING (run, episode)
    WHERE kind IN ('tool.called', 'model.responded', 'answer.submitted', 'episode.closed', 'agent.failed') GROUP BY run, episode
),
meanwhile AS (
    SELECT e.run, e.episode, max(e.at_ms) FILTER (e.kind = 'clock.advanced') AS clock,
        arg_max(e.data, e.seq) FILTER (e.kind = 'agenda.planned') AS plan,
        list(e.data ORDER BY e.seq) FILTER (e.kind = 'prompt.given') AS messages
    FROM events e SEMI JOIN forked USING (run, episode) LEFT JOIN begun b ON b.run = e.run AND b.episode = e.episode
    WHERE e.kind IN ('clock.advanced', 'agenda.planned', 'prompt.given') AND (b.seq IS NULL OR e.seq < b.seq)
    GROUP BY e.run, e.episode
)
SELECT o.run, o.episode, o.changes AS rows, o.replies,
    CASE WHEN o.tools IS DISTINCT FROM p.tools THEN o.tools END AS tools,
    map_from_entries(list_filter(map_entries(o.described), lambda one: p.described[one.key] IS DISTINCT FROM one.value)) AS described,
    m.clock, m.plan, m.messages
FROM opened o JOIN past p USING (run, episode) LEFT JOIN meanwhile m USING (run, episode);

CREATE VIEW forks AS
SELECT f.run, f.episode, f.parent, f.parent_seq, o.ancestor AS root, o.depth, p.kind AS after_kind,
    coalesce(json_array_length(b.rows), 0)::BIGINT AS edits, coalesce(json_array_length(b.replies), 0)::BIGINT AS replies,
    b.tools, map_keys(b.described) AS described, make_timestamp(b.clock * 1000) AS clock, b.plan IS NOT NULL AS planned,
    coalesce(len(b.messages), 0)::BIGINT AS messages,
    f.agent, f.code_reward, parent.code_reward AS parent_code_reward,
    f.code_passed, parent.code_passed AS parent_code_passed
FROM episodes f
LEFT JOIN episodes parent ON parent.run = f.run AND parent.episode = f.parent
LEFT JOIN (
    SELECT run, episode, arg_min(ancestor, upto) AS ancestor, count(*) - 1 AS depth FROM ancestry GROUP BY run, episode
) o ON o.run = f.run AND o.episode = f.episode
LEFT JOIN line p ON p.run = f.run AND p.episode = f.episode AND p.seq = f.parent_seq
LEFT JOIN parts.otherwise b ON b.run = f.run AND b.episode = f.episode
WHERE f.parent IS NOT NULL
ORDER BY f.run, f.episode;
COMMENT ON VIEW forks IS $$One row per fork: where it comes from, what it has otherwise, and how it fared beside its parent.
SELECT parent, episode, parent_seq, after_kind, code_reward - parent_code_reward AS gained FROM forks$$;
COMMENT ON COLUMN forks.parent IS 'the episode it was forked from';
COMMENT ON COLUMN forks.parent_seq IS 'seq of the last event it inherited';
COMMENT ON COLUMN forks.root IS 'the episode that its line begins with';
COMMENT ON COLUMN forks.depth IS 'how many ancestors it has';
COMMENT ON COLUMN forks.after_kind IS 'kind of the last event it inherited';
COMMENT ON COLUMN forks.edits IS 'rows of its world that were changed as it opened; `changes` with the author fork has them';
COMMENT ON COLUMN forks.replies IS 'replies of the past that its agent reads otherwise; `line_calls` has them as it reads them';
COMMENT ON COLUMN forks.tools IS 'name of its tools, where those of the past were others';
COMMENT ON COLUMN forks.described IS 'names of tools that are described to it otherwise';
COMMENT ON COLUMN forks.clock IS 'the simulation time it goes on at, where that was moved on [UTC]';
COMMENT ON COLUMN forks.planned IS 'whether it has a plan of its own: how time passes, what is due, which calls fail';
COMMENT ON COLUMN forks.messages IS 'messages that its agent finds after the past; `prompts` has them';
COMMENT ON COLUMN forks.agent IS 'who played on';
COMMENT ON COLUMN forks.code_reward IS 'its own, over the criteria that code decides [0 to 1]';
COMMENT ON COLUMN forks.parent_code_reward IS 'the same of its parent [0 to 1]';
COMMENT ON COLUMN forks.code_passed IS 'whether it passed, by code';
COMMENT ON COLUMN forks.parent_code_passed IS 'whether its parent did';

-- How many rows a search may give (docs/tools.md): `limit` without its fraction, 0 being the default, between 1 and the cap.
CREATE MACRO parts.allowed(asked, usual, most) AS
    CASE WHEN coalesce(trunc(asked), 0) = 0 THEN usual ELSE greatest(1, least(trunc(asked), most)) END;

CREATE VIEW tool_calls AS
SELECT c.run, c.episode, c.seq, c.position, c.tool, t.writes, c.arguments,
    TRY_CAST(c.arguments AS VARIANT)::JSON::VARCHAR AS arguments_key,
    c.ok, CASE WHEN c.ok THEN NULL ELSE coalesce(c.reply->>'$.error', c.failure) END AS error, c.reply, c.rows,
    c.rows >= parts.allowed(TRY_CAST(c.arguments->>'$.limit' AS DOUBLE), t.usual, t.most) AS capped,
    c.changes,
    row_number() OVER (PARTITION BY c.run, c.episode, c.tool, arguments_key ORDER BY c.seq) > 1 AS repeated,
    lead(c.seq) OVER following AS next_seq, lead(c.tool) OVER following AS next_tool,
    c.returned_seq, c.at_ms, c.time, c.wall_ms, c.call_id
FROM (
    SELECT *, CASE WHEN json_type(reply) = 'ARRAY' THEN json_array_length(reply)::BIGINT END AS rows,
        count(tool) OVER (PARTITION BY run, episode ORDER BY seq) AS position,
        max(opened_with) OVER (PARTITION BY run, episode) AS toolset
    FROM (
        SELECT run, episode, call AS seq,
            any_value(CASE WHEN kind = 'episode.opened' THEN data->>'$.tools' END) AS opened_with,
            any_value(tool) AS tool,
            any_value(CASE WHEN kind = 'tool.called' THEN data->'$.arguments' END) AS arguments,
            any_value(CASE WHEN kind = 'tool.called' THEN data->>'$.call_id' END) AS call_id,
            any_value(ok) AS ok,
            any_value(CASE WHEN kind = 'tool.returned' THEN data->'$.reply' END) AS reply,
            any_value(CASE WHEN kind = 'tool.returned' THEN seq END) AS returned_seq,
            any_value(CASE WHEN kind = 'episode.voided'
                THEN concat(data->>'$.error', ': ', data->>'$.message') END) AS failure,
            coalesce(sum(json_array_length(changes)), 0)::BIGINT AS changes,
            min(at_ms) AS at_ms, min(time) AS time, min(wall_ms) AS wall_ms
        FROM (SELECT *, CASE WHEN kind = 'tool.called' THEN seq ELSE cause END AS call FROM events)
        GROUP BY run, episode, call
        HAVING bool_or(kind IN ('tool.called', 'episode.opened'))
    )
) c
LEFT JOIN parts.tools t ON t.toolset = c.toolset AND t.tool = c.tool
WHERE c.tool IS NOT NULL
WINDOW following AS (PARTITION BY c.run, c.episode ORDER BY c.seq)
ORDER BY c.run, c.episode, c.seq;
COMMENT ON VIEW tool_calls IS $$One row per tool call, with its reply, under the episode that recorded it: what a fork inherited is not among its calls, but in `line_calls`.
SELECT tool, count(*) AS calls, count(*) FILTER (NOT ok) AS rejected FROM tool_calls GROUP BY tool ORDER BY calls DESC$$;
COMMENT ON COLUMN tool_calls.seq IS 'seq of the call';
COMMENT ON COLUMN tool_calls.position IS 'its number among the episode''s own calls, from 1';
COMMENT ON COLUMN tool_calls.tool IS 'name of the tool, as it was called';
COMMENT ON COLUMN tool_calls.writes IS 'whether it is a tool that may change rows, whatever came of this call; null for tools that this version does not know';
COMMENT ON COLUMN tool_calls.arguments IS 'what it was called with; null where that was refused unread';
COMMENT ON COLUMN tool_calls.arguments_key IS 'the same with all keys sorted, as text: equal for equal arguments, whatever their order';
COMMENT ON COLUMN tool_calls.ok IS 'false for a rejection; null where there is no reply: a call that failed by our fault, or is not finished';
COMMENT ON COLUMN tool_calls.error IS 'what the agent was told, or why the tool failed';
COMMENT ON COLUMN tool_calls.reply IS 'what the agent was shown';
COMMENT ON COLUMN tool_calls.rows IS 'how many rows a reply that is a list has; tools cap them';
COMMENT ON COLUMN tool_calls.capped IS 'whether those are as many as limit or cap allowed, so that there may be more; null where the tool has no limit, or is not known';
COMMENT ON COLUMN tool_calls.changes IS 'rows that the call changed';
COMMENT ON COLUMN tool_calls.repeated IS 'whether the episode made this very call before, with equal arguments; what a fork inherited is not looked at';
COMMENT ON COLUMN tool_calls.next_seq IS 'seq of its next call; null for the last one';
COMMENT ON COLUMN tool_calls.next_tool IS 'name of the tool called next';
COMMENT ON COLUMN tool_calls.returned_seq IS 'seq of the reply';
COMMENT ON COLUMN tool_calls.wall_ms IS 'when call and reply were written together, by the wall clock [ms since 1970, UTC]';
COMMENT ON COLUMN tool_calls.call_id IS 'the caller''s own id of the call, if it gave one';

CREATE VIEW arguments AS
SELECT c.run, c.episode, c.seq, c.position, c.tool, a.key AS argument, a.value->>'$' AS value, a.value AS value_json
FROM tool_calls c, json_each(c.arguments) a
ORDER BY c.run, c.episode, c.seq, a.id;
COMMENT ON VIEW arguments IS $$One row per argument of a call. For one tool with its arguments as columns of their types, see `call_searchOrders` and the like.
SELECT tool, argument, count(*) AS times, count(DISTINCT value) AS "values" FROM arguments GROUP BY ALL ORDER BY times DESC LIMIT 5$$;
COMMENT ON COLUMN arguments.argument IS 'name of the argument';
COMMENT ON COLUMN arguments.value IS 'what it was given, as text; lists and objects as JSON';
COMMENT ON COLUMN arguments.value_json IS 'what it was given, exactly';

CREATE MACRO parts.calls(ep, of_run) AS TABLE
SELECT a.run, a.episode, c.seq, row_number() OVER (PARTITION BY a.run, a.episode ORDER BY c.seq) AS position,
    c.* EXCLUDE (run, episode, seq, position) REPLACE (
        CASE WHEN x.seq IS NULL THEN c.ok ELSE x.ok END AS ok,
        CASE WHEN x.seq IS NULL THEN c.error WHEN NOT x.ok THEN x.reply->>'$.error' END AS error,
        CASE WHEN x.seq IS NULL THEN c.reply ELSE x.reply END AS reply,
        CASE WHEN x.seq IS NULL THEN c.rows WHEN json_type(x.reply) = 'ARRAY' THEN json_array_length(x.reply)::BIGINT END AS rows,
        CASE WHEN x.seq IS NULL THEN c.capped END AS capped
    ), c.episode AS origin, c.episode <> a.episode AS inherited, x.seq IS NOT NULL AS edited
FROM parts.kin(ep, of_run) a JOIN tool_calls c ON c.run = a.run AND c.episode = a.ancestor AND c.seq <= a.upto
LEFT JOIN parts.edited x ON x.run = a.run AND x.episode = a.episode AND x.seq = c.returned_seq
ORDER BY a.run, a.episode, c.seq;

CREATE VIEW line_calls AS FROM parts.calls(NULL, NULL);
COMMENT ON VIEW line_calls IS $$One row per tool call of an episode's whole history, inherited ones included. Compare a fork with its parent by `position`: its opening takes a seq of its own, so that its own calls come one seq later or more.
SELECT f.episode, c.position, p.tool AS in_parent, c.tool AS in_fork FROM episodes f JOIN line_calls c USING (run, episode) LEFT JOIN line_calls p ON p.run = f.run AND p.episode = f.parent AND p.position = c.position WHERE NOT c.inherited$$;
COMMENT ON COLUMN line_calls.position IS 'its number among all calls of the history, from 1, inherited ones included';
COMMENT ON COLUMN line_calls.edited IS 'whether its reply is the one that a fork has otherwise, as its agent read it';

CREATE VIEW messages AS
SELECT e.run, e.episode, e.seq, e.kind,
    CASE WHEN e.kind = 'prompt.given' THEN e.data->>'$.role' ELSE 'assistant' END AS role,
    coalesce(e.data->>'$.text', t.text) AS text,
    e.data->'$.tool_calls' AS tool_calls, e.data, e.at_ms, e.time
FROM events e LEFT JOIN parts.texts t ON t.run = e.run AND t.digest = e.data->>'$.digest'
WHERE e.kind IN ('prompt.given', 'model.responded', 'answer.submitted')
ORDER BY e.run, e.episode, e.seq;
COMMENT ON VIEW messages IS $$One row per thing said: prompts, model turns and answers, under the episode that recorded it.
SELECT episode, count(*) AS turns, avg(length(text)) AS characters FROM messages WHERE role = 'assistant' GROUP BY episode$$;
COMMENT ON COLUMN messages.role IS 'who speaks: system, user or assistant';
COMMENT ON COLUMN messages.text IS 'what was said; a prompt recorded by digest is filled in';
COMMENT ON COLUMN messages.tool_calls IS 'calls in a model''s turn, as its provider gave them';
COMMENT ON COLUMN messages.data IS 'the whole of it, as recorded';

CREATE MACRO parts.said(ep, of_run) AS TABLE
SELECT a.run, a.episode, m.* EXCLUDE (run, episode), m.episode AS origin, m.episode <> a.episode AS inherited
FROM parts.kin(ep, of_run) a JOIN messages m ON m.run = a.run AND m.episode = a.ancestor AND m.seq <= a.upto
ORDER BY a.run, a.episode, m.seq;

CREATE VIEW line_messages AS FROM parts.said(NULL, NULL);
COMMENT ON VIEW line_messages IS $$One row per thing said in an episode's whole history, what it inherited included.
SELECT episode, count(*) AS messages, count(*) FILTER (inherited) AS inherited FROM line_messages GROUP BY episode$$;

CREATE VIEW prompts AS
SELECT m.run, m.episode, m.seq, m.role, m.text, m.data->>'$.from' AS speaker, m.data->>'$.digest' AS digest, m.at_ms, m.time
FROM messages m WHERE m.kind = 'prompt.given'
ORDER BY m.run, m.episode, m.seq;
COMMENT ON VIEW prompts IS $$One row per prompt: what the agent was told and asked, under the episode that recorded it.
SELECT role, count(*) AS prompts, count(DISTINCT text) AS texts, avg(length(text)) AS characters FROM prompts GROUP BY role ORDER BY role$$;
COMMENT ON COLUMN prompts.role IS 'who speaks: system or user';
COMMENT ON COLUMN prompts.text IS 'what was said; one recorded by digest is filled in';
COMMENT ON COLUMN prompts.speaker IS 'who asks, where that is told: id of an employee or a customer';
COMMENT ON COLUMN prompts.digest IS 'SHA-256 of a text that is recorded by digest; null for one recorded in full';

CREATE VIEW turns AS
SELECT run, episode, seq, row_number() OVER (PARTITION BY run, episode ORDER BY seq) AS position,
    data->>'$.text' AS text, data->>'$.reasoning' AS reasoning,
    coalesce(json_array_length(data->'$.tool_calls'), 0)::BIGINT AS calls, data->>'$.model' AS model,
    data->>'$.finish_reason' AS finish_reason,
    TRY_CAST(data->>'$.usage.prompt_tokens' AS BIGINT) AS prompt_tokens,
    TRY_CAST(data->>'$.usage.completion_tokens' AS BIGINT) AS completion_tokens,
    TRY_CAST(beside->>'$.cost_usd' AS DOUBLE) AS cost_usd, TRY_CAST(beside->>'$.latency_ms' AS DOUBLE) AS latency_ms, wall_ms
FROM events WHERE kind = 'model.responded'
ORDER BY run, episode, seq;
COMMENT ON VIEW turns IS $$One row per turn of a model, with its tokens and cost, under the episode that recorded it. Agents that record no turns (scripts, people, whoever comes over MCP) have none.
SELECT model, count(*) AS turns, sum(prompt_tokens) AS prompt_tokens, sum(cost_usd) AS cost_usd FROM turns GROUP BY model$$;
COMMENT ON COLUMN turns.position IS 'its number among the episode''s own turns, from 1';
COMMENT ON COLUMN turns.text IS 'what it said beside its calls';
COMMENT ON COLUMN turns.reasoning IS 'what it thought, where the provider tells';
COMMENT ON COLUMN turns.calls IS 'how many calls it asked for';
COMMENT ON COLUMN turns.model IS 'the model, as its provider names it';
COMMENT ON COLUMN turns.finish_reason IS 'why it stopped, as its provider says';
COMMENT ON COLUMN turns.prompt_tokens IS 'tokens it read [tokens]';
COMMENT ON COLUMN turns.completion_tokens IS 'tokens it wrote [tokens]';
COMMENT ON COLUMN turns.cost_usd IS 'what it cost, where the runner kept that [US dollars]';
COMMENT ON COLUMN turns.latency_ms IS 'how long it took, where the runner kept that [ms]';

CREATE VIEW costs AS
SELECT e.run, e.episode, count(t.seq) AS turns, sum(t.prompt_tokens)::BIGINT AS prompt_tokens,
    sum(t.completion_tokens)::BIGINT AS completion_tokens, sum(t.cost_usd) AS cost_usd, sum(t.latency_ms) AS latency_ms,
    max(t.prompt_tokens + t.completion_tokens) AS longest_context
FROM (SELECT DISTINCT run, episode FROM events) e LEFT JOIN turns t ON t.run = e.run AND t.episode = e.episode
GROUP BY e.run, e.episode ORDER BY e.run, e.episode;
COMMENT ON VIEW costs IS $$One row per episode: what its own turns took. Null where no turn says so.
SELECT e.agent, sum(c.cost_usd) / nullif(count(*) FILTER (e.code_passed), 0) AS dollars_per_pass FROM episodes e JOIN costs c USING (run, episode) GROUP BY e.agent$$;
COMMENT ON COLUMN costs.turns IS 'turns of its model';
COMMENT ON COLUMN costs.prompt_tokens IS 'tokens read, summed over turns [tokens]';
COMMENT ON COLUMN costs.completion_tokens IS 'tokens written [tokens]';
COMMENT ON COLUMN costs.cost_usd IS 'what they cost [US dollars]';
COMMENT ON COLUMN costs.latency_ms IS 'how long they took [ms]';
COMMENT ON COLUMN costs.longest_context IS 'tokens read and written of the longest turn [tokens]';

-- --- tasks and grades ------------------------------------------------------------------------------------------------

CREATE VIEW tasks AS
WITH stored AS MATERIALIZED (
    SELECT run, digest, content AS task, coalesce(TRY_CAST(content->'$.criteria[*].check' AS JSON[]), []) AS checks FROM parts.tasks
),
formed AS (
    SELECT run, digest,
        CASE WHEN bool_or(one->>'$.check' = 'csv') THEN 'csv'
             WHEN bool_or(one->>'$.check' = 'mail') THEN 'mail'
             WHEN bool_or(one->>'$.check' = 'tabled' OR json_exists(one, '$.slots[0].record')) THEN 'table'
             WHEN bool_or(len(one->'$.slots[*].label') > 0) THEN 'lines' ELSE 'prose' END AS layout
    FROM (SELECT run, digest, unnest(checks) AS one FROM stored)
    WHERE coalesce(one->>'$.of', 'answer') = 'answer' GROUP BY run, digest
),
placed AS (
    SELECT run, pin.key AS id, pin.value AS digest, list(name ORDER BY name) AS splits
    FROM (
        SELECT run, content->>'$.name' AS name,
            unnest(map_entries(from_json(content->'$.tasks', '"MAP(VARCHAR, VARCHAR)"'))) AS pin
        FROM parts.splits
    ) GROUP BY run, pin
)
SELECT s.run, s.task->>'$.id' AS task_id, s.digest AS task_digest, s.task->>'$.title' AS title,
    s.task->>'$.category' AS category, s.task->>'$.family' AS family, s.task->>'$.kind' AS kind,
    p.splits,
    coalesce(TRY_CAST(s.task->>'$.difficulty' AS BIGINT), 1) AS difficulty,
    coalesce(TRY_CAST(s.task->'$.traps' AS VARCHAR[]), []) AS traps,
    coalesce(TRY_CAST(s.task->>'$.absent' AS BOOLEAN), false) AS absent,
    coalesce(TRY_CAST(s.task->>'$.lure' AS BOOLEAN), false) AS lure,
    coalesce(TRY_CAST(s.task->'$.injected' AS VARCHAR[]), []) AS injected,
    coalesce(s.task->>'$.voice', 'clear') AS voice, coalesce(s.task->>'$.form', 'labelled') AS form, f.layout,
    s.task->>'$.requester' AS requester, s.task->>'$.tools' AS tools, len(s.checks)::BIGINT AS criteria,
    s.task->>'$.prompt' AS prompt, s.task
FROM stored s
LEFT JOIN formed f USING (run, digest)
LEFT JOIN placed p ON p.run = s.run AND p.id = s.task->>'$.id' AND p.digest = s.digest
ORDER BY s.run, task_id, task_digest;
COMMENT ON VIEW tasks IS $$One row per task that a run holds, as it was when episodes were opened on it.
SELECT t.category, t.difficulty, count(*) AS episodes, avg(e.code_reward) AS reward FROM episodes e JOIN tasks t USING (run, task_id, task_digest) GROUP BY ALL ORDER BY ALL$$;
COMMENT ON COLUMN tasks.task_id IS 'id of the task';
COMMENT ON COLUMN tasks.task_digest IS 'digest of the task; `episodes` names it too';
COMMENT ON COLUMN tasks.title IS 'what it is about';
COMMENT ON COLUMN tasks.category IS 'information_retrieval, communication, reasoning or workflow';
COMMENT ON COLUMN tasks.family IS 'the family it is of, such as MW-02';
COMMENT ON COLUMN tasks.kind IS 'the variant within the family';
COMMENT ON COLUMN tasks.splits IS 'the published splits that hold it: train, heldout, smoke; null where the run does not say, as runs from before this was recorded';
COMMENT ON COLUMN tasks.difficulty IS 'as its author rates it [1 to 3]';
COMMENT ON COLUMN tasks.traps IS 'the traps it sets, such as T-18';
COMMENT ON COLUMN tasks.absent IS 'whether what is asked for does not apply, so that the right answer is no, or not needed';
COMMENT ON COLUMN tasks.lure IS 'whether an injected instruction or a demand for personal data stands in the way';
COMMENT ON COLUMN tasks.injected IS 'the texts of its own rows that hold an instruction to lead the agent astray, with the harmless words around it; empty too where the lure stands in the prompt, and in tasks from before this was recorded';
COMMENT ON COLUMN tasks.voice IS 'how the prompt sounds: clear, rambling, angry or wrong premise';
COMMENT ON COLUMN tasks.form IS 'how it is put: labelled (the prompt dictates the form of the answer) or natural';
COMMENT ON COLUMN tasks.layout IS 'what its criteria look for in the answer: csv, mail, table (values set against records), lines (with labels), or prose; the first of these that applies';
COMMENT ON COLUMN tasks.requester IS 'who speaks: id of an employee or a customer';
COMMENT ON COLUMN tasks.tools IS 'name of its toolset';
COMMENT ON COLUMN tasks.criteria IS 'how many criteria it is graded by';
COMMENT ON COLUMN tasks.prompt IS 'what the agent is asked';
COMMENT ON COLUMN tasks.task IS 'all of it, rubric included';

CREATE VIEW grades AS
SELECT run, episode, seq, row_number() OVER (PARTITION BY run, episode ORDER BY seq) AS position,
    row_number() OVER (PARTITION BY run, episode ORDER BY seq DESC) = 1 AS last,
    TRY_CAST(data->>'$.reward' AS DOUBLE) AS reward, TRY_CAST(data->>'$.passed' AS BOOLEAN) AS passed,
    TRY_CAST(data->>'$.code_reward' AS DOUBLE) AS code_reward, TRY_CAST(data->>'$.code_passed' AS BOOLEAN) AS code_passed,
    json_array_length(data->'$.criteria')::BIGINT AS criteria, wall_ms
FROM events WHERE kind = 'episode.graded'
ORDER BY run, episode, seq;
COMMENT ON VIEW grades IS $$One row per grade: an episode that was judged has several, and the last one counts. `episodes` has that one, `criteria` what it says of each criterion.
SELECT last, count(*) AS grades, avg(code_reward) AS reward FROM grades GROUP BY last$$;
COMMENT ON COLUMN grades.seq IS 'seq of the grade';
COMMENT ON COLUMN grades.position IS 'its number among the episode''s grades, from 1';
COMMENT ON COLUMN grades.last IS 'whether it is the one that counts';
COMMENT ON COLUMN grades.reward IS 'over all criteria; null while one waits for a judge [0 to 1]';
COMMENT ON COLUMN grades.passed IS 'whether all criteria are met; null as long as one may still decide it';
COMMENT ON COLUMN grades.code_reward IS 'over the criteria that code decides [0 to 1]';
COMMENT ON COLUMN grades.code_passed IS 'whether code finds all of its criteria met; null where it fails none but could not tell of some';
COMMENT ON COLUMN grades.criteria IS 'how many criteria it decided on';

CREATE VIEW criteria AS
SELECT run, episode, seq, position, detail->>'$.id' AS id, detail->>'$.id' AS criterion, detail->>'$.tag' AS tag,
    detail->>'$.text' AS text, TRY_CAST(detail->>'$.passed' AS BOOLEAN) AS passed,
    coalesce(TRY_CAST(detail->>'$.abstained' AS BOOLEAN), false) AS abstained, detail->>'$.reason' AS reason,
    coalesce(TRY_CAST(detail->'$.evidence' AS BIGINT[]), []) AS evidence, detail
FROM (
    SELECT run, episode, seq, unnest(listed) AS detail, generate_subscripts(listed, 1) AS position
    FROM (
        SELECT run, episode, max(seq) AS seq, arg_max(CAST(data->'$.criteria' AS JSON[]), seq) AS listed
        FROM events WHERE kind = 'episode.graded' GROUP BY run, episode
    )
)
ORDER BY run, episode, position;
COMMENT ON VIEW criteria IS $$One row per criterion of an episode's last grade.
SELECT id, min(text) AS text, count(*) AS times, count(*) FILTER (NOT passed) AS failed, count(*) FILTER (passed IS NULL) AS waiting FROM criteria GROUP BY id ORDER BY failed DESC$$;
COMMENT ON COLUMN criteria.seq IS 'seq of the grade';
COMMENT ON COLUMN criteria.position IS 'its place in the rubric, from 1';
COMMENT ON COLUMN criteria.id IS 'id of the criterion within its task';
COMMENT ON COLUMN criteria.criterion IS 'the same as `id`, under the name that `verdicts` have it by in the log';
COMMENT ON COLUMN criteria.tag IS 'what it is about: correctness, completeness, constraint or format';
COMMENT ON COLUMN criteria.text IS 'what it asks for';
COMMENT ON COLUMN criteria.passed IS 'whether it is met; null while it waits for a judge';
COMMENT ON COLUMN criteria.abstained IS 'whether it waits because code could not tell';
COMMENT ON COLUMN criteria.reason IS 'why it was decided so';
COMMENT ON COLUMN criteria.evidence IS 'seqs of the events that the verdict rests on';
COMMENT ON COLUMN criteria.detail IS 'all of it, as recorded in the grade';

CREATE VIEW runs AS
WITH waits AS (
    SELECT run, episode, count(*) FILTER (passed IS NULL AND NOT abstained) AS unjudged,
        count(*) FILTER (abstained) AS abstained
    FROM criteria GROUP BY run, episode
)
SELECT run, count(*) FILTER (NOT fork) AS episodes, count(*) FILTER (fork) AS forks,
    count(code_reward) FILTER (NOT fork) AS graded, count(*) FILTER (code_passed AND NOT fork) AS passed,
    avg(code_reward) FILTER (NOT fork) AS reward,
    count(*) FILTER (code_reward IS NOT NULL AND reward IS NULL AND NOT fork) AS waiting,
    coalesce(sum(unjudged) FILTER (NOT fork), 0)::BIGINT AS unjudged,
    coalesce(sum(abstained) FILTER (NOT fork), 0)::BIGINT AS abstained
FROM (SELECT *, parent IS NOT NULL AS fork FROM episodes LEFT JOIN waits USING (run, episode)) GROUP BY run ORDER BY run;
COMMENT ON VIEW runs IS $$One row per run: how it went by code alone, and what still waits. Forks, which begin with what others did, are counted in `forks` and in nothing else.
SELECT run, reward, passed, graded, waiting FROM runs$$;
COMMENT ON COLUMN runs.episodes IS 'its episodes without forks';
COMMENT ON COLUMN runs.forks IS 'its forks';
COMMENT ON COLUMN runs.graded IS 'those with a grade';
COMMENT ON COLUMN runs.passed IS 'those that code finds passed';
COMMENT ON COLUMN runs.reward IS 'mean code_reward of the graded ones [0 to 1]';
COMMENT ON COLUMN runs.waiting IS 'graded ones whose `reward` is null until a judge has ruled: an average of `reward` drops them';
COMMENT ON COLUMN runs.unjudged IS 'criteria that wait for a judge';
COMMENT ON COLUMN runs.abstained IS 'criteria that wait because code could not tell';

CREATE VIEW verdicts AS
SELECT run, episode, seq, data->>'$.criterion' AS id, TRY_CAST(data->>'$.verdict' AS BOOLEAN) AS verdict,
    data->>'$.model' AS model, data->'$.votes' AS votes, data->>'$.question' AS question, data->>'$.prompt' AS prompt,
    data->>'$.probe' AS probe
FROM events WHERE kind = 'criterion.judged'
ORDER BY run, episode, seq;
COMMENT ON VIEW verdicts IS $$One row per verdict of a judge, in the order in which they were said.
SELECT model, id, count(*) AS verdicts, count(*) FILTER (verdict) AS met FROM verdicts WHERE probe IS NULL GROUP BY ALL ORDER BY ALL$$;
COMMENT ON COLUMN verdicts.id IS 'id of the criterion within its task';
COMMENT ON COLUMN verdicts.verdict IS 'whether it is met; null where the judge could not tell';
COMMENT ON COLUMN verdicts.model IS 'who judged';
COMMENT ON COLUMN verdicts.votes IS 'the verdicts of his single readings';
COMMENT ON COLUMN verdicts.question IS 'SHA-256 of the question put to him';
COMMENT ON COLUMN verdicts.prompt IS 'SHA-256 of what he was told before it; null for a person';
COMMENT ON COLUMN verdicts.probe IS 'what was appended to the answer to lead him astray; null for a real verdict, and only those count';

CREATE VIEW votes AS
SELECT v.run, v.episode, v.seq, v.position, v.id, v.model, v.vote, TRY_CAST(r.reading->'$.evidence' AS BIGINT[]) AS evidence,
    r.reading->>'$.reason' AS reason, v.probe
FROM (
    SELECT run, episode, seq, data->>'$.criterion' AS id, data->>'$.model' AS model, data->>'$.probe' AS probe,
        unnest(TRY_CAST(data->'$.votes' AS BOOLEAN[])) AS vote,
        generate_subscripts(TRY_CAST(data->'$.votes' AS BOOLEAN[]), 1) AS position
    FROM events WHERE kind = 'criterion.judged'
) v LEFT JOIN (
    SELECT run, episode, seq, unnest(TRY_CAST(data->'$.readings' AS JSON[])) AS reading FROM events WHERE kind = 'criterion.judged'
) r ON r.run = v.run AND r.episode = v.episode AND r.seq = v.seq AND TRY_CAST(r.reading->>'$.vote' AS BIGINT) = v.position
ORDER BY v.run, v.episode, v.seq, v.position;
COMMENT ON VIEW votes IS $$One row per vote of a judge: a single reading, of which a verdict takes the majority.
SELECT model, count(*) AS votes, count(*) FILTER (vote) AS met, count(*) FILTER (vote IS NULL) AS undecided FROM votes GROUP BY model$$;
COMMENT ON COLUMN votes.seq IS 'seq of the verdict';
COMMENT ON COLUMN votes.position IS 'number of the vote, from 1';
COMMENT ON COLUMN votes.id IS 'id of the criterion within its task';
COMMENT ON COLUMN votes.model IS 'who judged';
COMMENT ON COLUMN votes.vote IS 'whether he found it met; null where he could not tell';
COMMENT ON COLUMN votes.evidence IS 'seqs of the events he named for it';
COMMENT ON COLUMN votes.reason IS 'why, in his words';
COMMENT ON COLUMN votes.probe IS 'what was appended to the answer to lead him astray; null for a real vote';

CREATE VIEW failures AS
SELECT run, episode, reader, position, found->>'$.label' AS label, TRY_CAST(found->>'$.at' AS BIGINT) AS seq,
    found->>'$.why' AS why, found->>'$.instead' AS instead,
    coalesce(from_json(found->'$.criteria', '["VARCHAR"]'), []) AS criteria,
    coalesce(from_json(found->'$.rules', '["VARCHAR"]'), []) AS rules,
    coalesce(from_json(found->'$.evidence', '["BIGINT"]'), []) AS evidence
FROM (
    SELECT run, episode, reader, unnest(findings) AS found, generate_subscripts(findings, 1) AS position
    FROM (
        SELECT run, episode, data->>'$.by' AS reader, CAST(data->'$.findings' AS JSON[]) AS findings,
            row_number() OVER (PARTITION BY run, episode, data->>'$.by' ORDER BY seq DESC) AS latest
        FROM events WHERE kind = 'episode.diagnosed'
    ) WHERE latest = 1
)
ORDER BY run, episode, reader, position;
COMMENT ON VIEW failures IS $$One row per thing that went wrong in a failed episode, as `corecraft diagnose record` writes it (by code) or a reader says it; the first decisive one has position 1. docs/diagnosis.md has the labels.
SELECT label, count(*) AS episodes FROM failures WHERE position = 1 AND reader = 'code' GROUP BY ALL ORDER BY ALL$$;
COMMENT ON COLUMN failures.reader IS '`code`, or who read it';
COMMENT ON COLUMN failures.position IS 'from 1, in the order in which it went wrong';
COMMENT ON COLUMN failures.label IS 'what went wrong';
COMMENT ON COLUMN failures.seq IS 'event of the agent in which it did: a call, or the answer';
COMMENT ON COLUMN failures.why IS 'in words';
COMMENT ON COLUMN failures.instead IS 'what was told or done in place of what was asked for';
COMMENT ON COLUMN failures.criteria IS 'ids of the criteria it cost';
COMMENT ON COLUMN failures.rules IS 'rules of the policy that those rest on';
COMMENT ON COLUMN failures.evidence IS 'further events it shows in';

-- --- changes ---------------------------------------------------------------------------------------------------------

CREATE VIEW parts.changes AS
SELECT run, episode, seq, kind, cause, position, change.entity AS entity, change.id AS id, change.set AS set,
    coalesce(change.removed, []) AS removed
FROM (
    SELECT run, episode, seq, kind, cause, unnest(listed) AS change, generate_subscripts(listed, 1) AS position
    FROM (
        SELECT run, episode, seq, kind, cause,
            from_json(changes, '[{"entity":"VARCHAR","id":"VARCHAR","set":"JSON","removed":["VARCHAR"]}]') AS listed
        FROM events WHERE changes IS NOT NULL
    )
);

-- Changes by who made them. A call's facts have the call as their cause, and nothing else has.
CREATE VIEW parts.authored AS
SELECT c.*, CASE WHEN c.kind = 'world.prepared' THEN 'task' WHEN c.kind = 'episode.opened' THEN 'fork'
    WHEN l.seq IS NOT NULL THEN 'agent' ELSE 'outside' END AS author
FROM parts.changes c LEFT JOIN (SELECT run, episode, seq FROM parts.lines WHERE readable AND kind = 'tool.called') l
ON l.run = c.run AND l.episode = c.episode AND l.seq = c.cause;

-- Every change with what came before it in its episode's line: the changes of the episode itself, those inherited to the same
-- rows (`own` false), and the rows of genesis (seq -1), all as fields. '' stands for a field that is not there: no JSON text is
-- empty, so a field that holds null is never confused with one that is not there. What a change both sets and removes is removed.
-- Every change is also there as a whole, without a field, since one may name none.
CREATE VIEW parts.steps AS
WITH
made AS MATERIALIZED (FROM parts.changes),
touched AS MATERIALIZED (SELECT DISTINCT run, episode, entity, id FROM made),
told AS (
    SELECT a.run, a.episode, m.seq, m.kind, m.position, m.entity, m.id, m.set, m.removed, m.episode = a.episode AS own
    FROM made m JOIN ancestry a ON a.run = m.run AND a.ancestor = m.episode AND m.seq <= a.upto
    SEMI JOIN touched t ON t.run = a.run AND t.episode = a.episode AND t.entity = m.entity AND t.id = m.id
)
SELECT t.run, t.episode, t.entity, t.id, -1 AS seq, NULL AS kind, 0 AS position, f.key AS field, f.value::VARCHAR AS value,
    f.id AS ordinal, false AS own
FROM touched t
JOIN ancestry a ON a.run = t.run AND a.episode = t.episode AND a.ancestor = t.episode
JOIN parts.genesis_rows g ON g.run = t.run AND g.genesis = a.genesis AND g.entity = t.entity AND g.id = t.id,
json_each(g.row) f
UNION ALL
SELECT t.run, t.episode, t.entity, t.id, t.seq, t.kind, t.position, f.key, f.value::VARCHAR, f.id, t.own
FROM told t, json_each(t.set) f WHERE NOT list_contains(t.removed, f.key)
UNION ALL
SELECT run, episode, entity, id, seq, kind, position, unnest(list_distinct(removed)), '', 9223372036854775807, own FROM told
UNION ALL
SELECT run, episode, entity, id, seq, kind, position, NULL, NULL, NULL, own FROM told;

-- A number for one field of one row and its value (as JSON text; '' and null: not there), keys of objects in any order.
CREATE MACRO parts.weight(entity, id, field, value) AS
    CASE WHEN coalesce(value, '') = '' THEN 0::HUGEINT ELSE md5_number_lower(
        to_json([entity, id, field, coalesce(TRY_CAST(value::JSON AS VARIANT)::JSON::VARCHAR, value)])::VARCHAR
    )::HUGEINT END;

CREATE VIEW parts.field_changes AS
FROM (
    SELECT *, lag(value) OVER (PARTITION BY run, episode, entity, id, field ORDER BY seq, position) AS before,
        min((seq, position)) OVER (PARTITION BY run, episode, entity, id) < (seq, position) AS existed,
        coalesce(bool_or(kind = 'world.prepared') OVER (PARTITION BY run, episode, entity, id), false) AS planted
    FROM parts.steps
) WHERE own;

CREATE VIEW changes AS
WITH fields AS (
    SELECT run, episode, seq, position, bool_or(existed) AS existed,
        bool_or(planted) AS planted,
        '{' || coalesce(string_agg(to_json(field)::VARCHAR || ':' || before, ',' ORDER BY ordinal, field)
            FILTER (before <> ''), '') || '}' AS before,
        '{' || coalesce(string_agg(to_json(field)::VARCHAR || ':' || value, ',' ORDER BY ordinal, field)
            FILTER (value <> ''), '') || '}' AS after
    FROM parts.field_changes GROUP BY run, episode, seq, position
)
SELECT c.run, c.episode, c.seq, c.kind, c.cause, c.author, c.position, c.entity, c.id, f.planted,
    c.set, c.removed, CASE WHEN f.existed THEN f.before::JSON END AS before, f.after::JSON AS after
FROM parts.authored c JOIN fields f USING (run, episode, seq, position)
ORDER BY c.run, c.episode, c.seq, c.position;
COMMENT ON VIEW changes IS $$One row per change of an event to a row of the world, with the fields concerned as they were and as they are since, under the episode that recorded it: what a fork inherited is in `line_changes`.
SELECT episode, seq, entity, id, before, after FROM changes WHERE author = 'agent'$$;
COMMENT ON COLUMN changes.seq IS 'seq of the event';
COMMENT ON COLUMN changes.kind IS 'kind of the event, such as refund.created';
COMMENT ON COLUMN changes.cause IS 'seq of the event that brought it about: where the author is the agent, of the call';
COMMENT ON COLUMN changes.author IS 'agent: by a tool call; task: its own rows, put there before the agent began; fork: an edit of the world that a fork began with; outside: anything else that was recorded';
COMMENT ON COLUMN changes.position IS 'its place among the changes of the event, from 1';
COMMENT ON COLUMN changes.entity IS 'type of the row, such as order';
COMMENT ON COLUMN changes.id IS 'id of the row';
COMMENT ON COLUMN changes.planted IS 'whether the row is one that the task put there';
COMMENT ON COLUMN changes.set IS 'the fields it set, as recorded';
COMMENT ON COLUMN changes.removed IS 'names of the fields it took away';
COMMENT ON COLUMN changes.before IS 'those fields as they were, absent ones left out; null where there was no such row';
COMMENT ON COLUMN changes.after IS 'those fields as they are since, absent ones left out';

CREATE VIEW line_changes AS
SELECT a.run, a.episode, c.* EXCLUDE (run, episode), c.episode AS origin, c.episode <> a.episode AS inherited
FROM ancestry a JOIN changes c ON c.run = a.run AND c.episode = a.ancestor AND c.seq <= a.upto
ORDER BY a.run, a.episode, c.seq, c.position;
COMMENT ON VIEW line_changes IS $$One row per change of an episode's whole history, inherited ones included.
SELECT episode, count(DISTINCT (entity, id)) AS rows_changed FROM line_changes WHERE author = 'agent' GROUP BY episode$$;

CREATE VIEW field_changes AS
SELECT f.run, f.episode, f.seq, c.kind, c.cause, c.author, f.position, f.entity, f.id, f.planted, f.field,
    nullif(f.before, '')::JSON->>'$' AS old, nullif(f.value, '')::JSON->>'$' AS new,
    nullif(f.before, '')::JSON AS old_json, nullif(f.value, '')::JSON AS new_json
FROM parts.field_changes f JOIN parts.authored c USING (run, episode, seq, position)
WHERE f.field IS NOT NULL
ORDER BY f.run, f.episode, f.seq, f.position, f.ordinal, f.field;
COMMENT ON VIEW field_changes IS $$One row per field that a change set or removed, under the episode that recorded it.
SELECT entity, field, old, new, count(*) AS times FROM field_changes WHERE author = 'agent' AND old IS DISTINCT FROM new GROUP BY ALL ORDER BY times DESC LIMIT 10$$;
COMMENT ON COLUMN field_changes.seq IS 'seq of the event';
COMMENT ON COLUMN field_changes.kind IS 'kind of the event, such as refund.created';
COMMENT ON COLUMN field_changes.position IS 'place of the change in its event, from 1; see `changes`';
COMMENT ON COLUMN field_changes.field IS 'name of the field';
COMMENT ON COLUMN field_changes.old IS 'its value before, as text: `old = ''paid''`, `old::DOUBLE > 100`; lists and objects as JSON; null where it held null or was not there';
COMMENT ON COLUMN field_changes.new IS 'its value since, as text; null where it holds null or was removed';
COMMENT ON COLUMN field_changes.old_json IS 'its value before, exactly; SQL''s null where it was not there, JSON''s where it held null';
COMMENT ON COLUMN field_changes.new_json IS 'its value since, exactly; SQL''s null where it was removed';

-- --- calls that went wrong as planned -----------------------------------------------------------------------------------

-- Every call with the fault that struck it, and what is known of all calls of its episode that are equal in tool and arguments.
-- `made`: how often they made rows, by the kind of fact that did so most often.
CREATE VIEW parts.requests AS
WITH
struck AS (SELECT run, episode, cause AS call, min(seq) AS fault_seq, any_value(data->>'$.fault') AS fault
    FROM events WHERE kind = 'tool.faulted' GROUP BY run, episode, cause),
calls AS (SELECT c.*, s.fault_seq, s.fault FROM tool_calls c SEMI JOIN struck USING (run, episode)
    LEFT JOIN struck s ON s.run = c.run AND s.episode = c.episode AND s.call = c.seq),
making AS (
    SELECT c.run, c.episode, c.tool, c.arguments_key, m.kind, count(DISTINCT m.seq) AS times
    FROM calls c JOIN parts.changes m ON m.run = c.run AND m.episode = c.episode AND m.cause = c.seq
    WHERE json_exists(m.set, '$.id') GROUP BY ALL
),
most AS (SELECT run, episode, tool, arguments_key, max(times) AS made FROM making GROUP BY ALL),
moved AS (
    SELECT run, episode, min(seq) AS first_change FROM parts.changes
    WHERE kind NOT IN ('episode.opened', 'world.prepared') GROUP BY run, episode
)
SELECT c.*, coalesce(w.made, 0) AS made, v.first_change,
    lead(c.seq) OVER equal AS again_seq, lead(c.ok) OVER equal AS again_ok, lead(c.changes) OVER equal AS again_changes,
    coalesce(bool_or(coalesce(c.fault, '') NOT IN ('error', 'rate_limit', 'timeout', 'truncated', 'lost') OR c.changes > 0)
        OVER (PARTITION BY c.run, c.episode, c.tool, c.arguments_key ORDER BY c.seq
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), false) AS answered
FROM calls c
LEFT JOIN most w ON w.run = c.run AND w.episode = c.episode AND w.tool = c.tool
    AND w.arguments_key IS NOT DISTINCT FROM c.arguments_key
LEFT JOIN moved v ON v.run = c.run AND v.episode = c.episode
WINDOW equal AS (PARTITION BY c.run, c.episode, c.tool, c.arguments_key ORDER BY c.seq);

CREATE VIEW faults AS
SELECT run, episode, fault_seq AS seq, seq AS call_seq, position, tool, writes, fault, arguments, ok, error, changes,
    next_seq, next_tool, again_seq, again_ok, again_changes,
    CASE WHEN made > 1 AND changes > 0 THEN 'doubled'
         WHEN changes > 0 OR fault = 'duplicate' OR (fault = 'stale' AND (first_change IS NULL OR seq < first_change)) OR answered
         THEN 'recovered' ELSE 'lost' END AS fate,
    at_ms, time
FROM parts.requests WHERE fault IS NOT NULL
ORDER BY run, episode, seq;
COMMENT ON VIEW faults IS $$One row per call that went wrong as planned (docs/faults.md), with what came next, under the episode that recorded it.
SELECT count(*) AS failed, count(*) FILTER (fate = 'recovered') AS recovered, count(*) FILTER (fate = 'doubled') AS doubled, count(again_seq) AS asked_again FROM faults$$;
COMMENT ON COLUMN faults.seq IS 'seq of the fault';
COMMENT ON COLUMN faults.call_seq IS 'seq of the call';
COMMENT ON COLUMN faults.position IS 'number of the call among the episode''s own, from 1';
COMMENT ON COLUMN faults.tool IS 'name of the tool, as it was called';
COMMENT ON COLUMN faults.writes IS 'whether it is a tool that may change rows; null for tools that this version does not know';
COMMENT ON COLUMN faults.fault IS 'which it was: error, rate_limit, timeout, lost, duplicate, stale or truncated';
COMMENT ON COLUMN faults.arguments IS 'what it was called with';
COMMENT ON COLUMN faults.ok IS 'whether the agent was told that all went well';
COMMENT ON COLUMN faults.error IS 'what it was told instead';
COMMENT ON COLUMN faults.changes IS 'rows that the call changed all the same: of a lost one once, of a duplicate twice';
COMMENT ON COLUMN faults.next_seq IS 'seq of the episode''s next call; null for the last one';
COMMENT ON COLUMN faults.next_tool IS 'name of the tool called next';
COMMENT ON COLUMN faults.again_seq IS 'seq of the next call that is equal in tool and arguments; null where it never came';
COMMENT ON COLUMN faults.again_ok IS 'whether that one was told that all went well';
COMMENT ON COLUMN faults.again_changes IS 'rows that that one changed';
COMMENT ON COLUMN faults.fate IS 'what became of it: recovered, doubled or lost, as docs/faults.md defines them, by what the episode itself recorded';

-- --- states and differences -------------------------------------------------------------------------------------------

-- What every event adds to the number of a state: for each field what it holds since, less what it held before. So the number is
-- 0 for the starting world, the same for the same rows by whatever route, and never has to look at a row that nothing changed.
CREATE VIEW parts.deltas AS
SELECT run, episode, seq, sum(parts.weight(entity, id, field, value) - parts.weight(entity, id, field, before)) AS delta
FROM parts.field_changes WHERE field IS NOT NULL GROUP BY run, episode, seq;

CREATE VIEW states AS
SELECT a.run, a.episode, d.seq, md5(concat(a.genesis, ' ', sum(d.delta) OVER so_far)) AS state,
    sum(d.delta) OVER so_far = 0 AS as_at_start, d.episode AS origin, d.episode <> a.episode AS inherited
FROM ancestry a JOIN parts.deltas d ON d.run = a.run AND d.episode = a.ancestor AND d.seq <= a.upto
WINDOW so_far AS (PARTITION BY a.run, a.episode ORDER BY d.seq)
ORDER BY a.run, a.episode, d.seq;
COMMENT ON VIEW states IS $$One row per event of an episode's whole history that set or removed fields, with a digest of the world after it: equal digests are equal rows, by whatever route. ASOF JOIN gives the state at any other event; before the first row the world is as at the start.
SELECT state, count(DISTINCT episode) AS episodes FROM states GROUP BY state HAVING episodes > 1$$;
COMMENT ON COLUMN states.state IS 'digest of the starting world and of all fields that stand otherwise';
COMMENT ON COLUMN states.as_at_start IS 'whether all rows are again as they were at the start';

CREATE VIEW diffs AS
SELECT a.run, a.episode, f.entity, f.id, f.field,
    nullif(arg_min(coalesce(f.before, ''), (f.seq, f.position)), '')::JSON AS at_start,
    nullif(arg_max(f.value, (f.seq, f.position)), '')::JSON AS at_end,
    count(*) AS times, max(f.seq) AS last_seq, bool_or(f.planted) AS planted
FROM ancestry a JOIN parts.field_changes f ON f.run = a.run AND f.episode = a.ancestor AND f.seq <= a.upto
WHERE f.field IS NOT NULL AND f.kind <> 'world.prepared'
GROUP BY a.run, a.episode, f.entity, f.id, f.field
HAVING at_start IS DISTINCT FROM at_end
ORDER BY a.run, a.episode, f.entity, f.id, f.field;
COMMENT ON VIEW diffs IS $$One row per field that stands otherwise at the end of an episode's whole history than when the agent began: there and back again is no difference.
SELECT episode, entity, id, field, at_start, at_end FROM diffs$$;
COMMENT ON COLUMN diffs.entity IS 'type of the row, such as order';
COMMENT ON COLUMN diffs.id IS 'id of the row';
COMMENT ON COLUMN diffs.field IS 'name of the field';
COMMENT ON COLUMN diffs.at_start IS 'what it held when the agent began; SQL''s null where it was not there';
COMMENT ON COLUMN diffs.at_end IS 'what it holds at the end; SQL''s null where it is not there';
COMMENT ON COLUMN diffs.times IS 'how often it was changed';
COMMENT ON COLUMN diffs.last_seq IS 'seq of the event that changed it last';
COMMENT ON COLUMN diffs.planted IS 'whether the row is one that the task put there';

-- --- what was read ---------------------------------------------------------------------------------------------------

-- The rows of the world in a reply: the reply itself, a list of them, or either under a name.
CREATE VIEW parts.shown AS
WITH replies AS (
    SELECT run, episode, seq, tool,
        unnest(CASE json_type(reply) WHEN 'ARRAY' THEN reply::JSON[] WHEN 'OBJECT' THEN [reply] END) AS row
    FROM (
        SELECT run, episode, seq, tool, reply FROM tool_calls WHERE ok
        UNION ALL -- what a fork has otherwise is read by its agent first
        SELECT x.run, x.episode, c.seq, c.tool, x.reply
        FROM parts.edited_here x JOIN ancestry a ON a.run = x.run AND a.episode = x.episode AND a.ancestor <> x.episode
        JOIN tool_calls c ON c.run = a.run AND c.episode = a.ancestor AND c.seq <= a.upto AND c.returned_seq = x.seq
        WHERE x.ok
    )
),
parted AS (
    SELECT r.run, r.episode, r.seq, r.tool,
        unnest(CASE part.type WHEN 'ARRAY' THEN part.value::JSON[] WHEN 'OBJECT' THEN [part.value] END) AS row
    FROM replies r, json_each(r.row) part WHERE r.row->>'$.id' IS NULL
)
SELECT *, row->>'$.id' AS id FROM (FROM replies UNION ALL FROM parted) WHERE row->>'$.id' IS NOT NULL;

CREATE VIEW texts_read AS
WITH
planted AS (
    SELECT DISTINCT a.run, a.episode, c.id, part.atom->>'$' AS text
    FROM parts.changes c JOIN ancestry a ON a.run = c.run AND a.ancestor = c.episode AND c.seq <= a.upto,
    json_tree(c.set) part
    WHERE c.kind = 'world.prepared' AND part.type = 'VARCHAR'
),
written AS (
    SELECT a.run, a.episode, c.id, part.atom->>'$' AS text, min(c.cause) AS since
    FROM parts.changes c
    JOIN events e ON e.run = c.run AND e.episode = c.episode AND e.seq = c.cause AND e.kind = 'tool.called'
    JOIN ancestry a ON a.run = c.run AND a.ancestor = c.episode AND c.seq <= a.upto,
    json_tree(e.data->'$.arguments') part
    WHERE part.type = 'VARCHAR' GROUP BY ALL
),
types AS (
    SELECT run, id, min(entity) AS entity
    FROM (SELECT run, id, entity FROM parts.genesis_rows UNION SELECT run, id, entity FROM parts.changes) GROUP BY run, id
),
injected AS (
    SELECT e.run, e.episode, t.injected
    FROM episodes e JOIN tasks t USING (run, task_digest) WHERE len(t.injected) > 0
),
seen AS (
    SELECT s.run, s.episode, s.seq, s.tool, s.id, substr(part.fullkey, 3) AS field, part.atom->>'$' AS text
    FROM parts.shown s, json_tree(s.row) part WHERE part.type = 'VARCHAR' AND contains(part.atom->>'$', ' ')
)
SELECT s.run, s.episode, s.seq, s.tool, t.entity, s.id, s.field, s.text, p.text IS NOT NULL AS planted,
    w.since IS NOT NULL AS own,
    coalesce(len(list_filter(i.injected, lambda each: contains(s.text, each))) > 0, false) AS injected
FROM seen s
LEFT JOIN planted p ON p.run = s.run AND p.episode = s.episode AND p.id = s.id AND p.text = s.text
LEFT JOIN written w ON w.run = s.run AND w.episode = s.episode AND w.id = s.id AND w.text = s.text AND w.since <= s.seq
LEFT JOIN types t ON t.run = s.run AND t.id = s.id
LEFT JOIN injected i ON i.run = s.run AND i.episode = s.episode
ORDER BY s.run, s.episode, s.seq, t.entity, s.id, s.field;
COMMENT ON VIEW texts_read IS $$One row per text that a reply showed: a string of at least two words in a row of the world. As often as it was shown; what a fork has otherwise in a reply of its past, under the fork.
SELECT e.agent, e.task_id, e.code_passed, r.tool, r.field, r.text FROM texts_read r JOIN episodes e USING (run, episode) WHERE r.injected$$;
COMMENT ON COLUMN texts_read.seq IS 'seq of the call';
COMMENT ON COLUMN texts_read.tool IS 'the tool that replied';
COMMENT ON COLUMN texts_read.entity IS 'type of the row; null where neither world nor changes have it';
COMMENT ON COLUMN texts_read.id IS 'id of the row';
COMMENT ON COLUMN texts_read.field IS 'where in the row, such as body or events[0].details';
COMMENT ON COLUMN texts_read.text IS 'the text';
COMMENT ON COLUMN texts_read.planted IS 'whether the task put it there';
COMMENT ON COLUMN texts_read.own IS 'whether the agent wrote it: a call of its history, this one or one before, changed the row and sent this very text';
COMMENT ON COLUMN texts_read.injected IS 'whether it holds one of the texts that are to lead the agent astray (`tasks.injected`)';

-- --- state: the fold in SQL ------------------------------------------------------------------------------------------
-- Only rows that some event changed are put together field by field; all others pass through from genesis as they are.
-- The last word on a field wins, and `removed` comes after `set` of the same change; '' stands for removed, as in parts.steps.
CREATE MACRO parts.folded(ep, upto_seq, of_run, of_type) AS TABLE
WITH
kin AS MATERIALIZED (FROM parts.kin(ep, of_run)),
made AS MATERIALIZED (
    SELECT k.run, k.episode, c.seq, c.position, c.entity, c.id, c.set, c.removed
    FROM kin k JOIN parts.changes c ON c.run = k.run AND c.episode = k.ancestor AND c.seq <= k.upto
    WHERE (upto_seq IS NULL OR c.seq <= upto_seq) AND (of_type IS NULL OR c.entity = of_type)
),
touched AS MATERIALIZED (SELECT DISTINCT run, episode, entity, id FROM made),
base AS (
    SELECT k.run, k.episode, g.entity, g.id, g.row
    FROM kin k JOIN parts.genesis_rows g ON g.run = k.run AND g.genesis = k.genesis
    WHERE k.episode = k.ancestor AND (of_type IS NULL OR g.entity = of_type)
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

CREATE VIEW final_state AS FROM parts.folded(NULL, NULL, NULL, NULL) ORDER BY run, episode, entity, id;
COMMENT ON VIEW final_state IS $$One row per episode and row of the world: what each episode ended with, or has come to so far. Name an episode, since every one has a whole world: of a thousand that is millions of rows and gigabytes. `final_order` and the like are far faster.
SELECT entity, count(*) AS rows FROM final_state WHERE episode = (SELECT min(episode) FROM episodes) GROUP BY entity$$;
COMMENT ON COLUMN final_state.entity IS 'type of the row, such as order';
COMMENT ON COLUMN final_state.id IS 'id of the row';
COMMENT ON COLUMN final_state.row IS 'the row';

-- --- one episode with all it inherited -------------------------------------------------------------------------------

CREATE MACRO state_at(ep, upto_seq, of_run := NULL) AS TABLE
SELECT entity, id, row FROM parts.folded(ep, upto_seq, of_run, NULL) ORDER BY entity, id;
COMMENT ON MACRO TABLE state_at IS $$One row per row of an episode's world after the event upto_seq; -1 is the world it started from.
SELECT id, row->>'$.status' AS status FROM state_at((SELECT min(episode) FROM episodes), 12) WHERE entity = 'order' LIMIT 3$$;

CREATE MACRO calls_of(ep, of_run := NULL) AS TABLE
FROM parts.calls(ep, of_run);
COMMENT ON MACRO TABLE calls_of IS $$One row per tool call of an episode's whole history: its part of `line_calls`.
SELECT position, tool, ok, origin FROM calls_of((SELECT min(episode) FROM episodes))$$;

CREATE MACRO messages_of(ep, of_run := NULL) AS TABLE
FROM parts.said(ep, of_run);
COMMENT ON MACRO TABLE messages_of IS $$One row per thing said in an episode's whole history: its part of `line_messages`.
SELECT seq, role, text FROM messages_of((SELECT min(episode) FROM episodes))$$;

CREATE MACRO trajectory(ep, of_run := NULL) AS TABLE
FROM parts.told(ep, of_run);
COMMENT ON MACRO TABLE trajectory IS $$One row per event of an episode's whole history: its part of `line`.
SELECT seq, kind, tool, ok, origin FROM trajectory((SELECT min(episode) FROM episodes))$$;

CREATE MACRO divergence(one, other, of_run := NULL, other_run := NULL) AS TABLE
WITH
l AS MATERIALIZED (FROM trajectory(one, of_run)),
r AS MATERIALIZED (FROM trajectory(other, coalesce(other_run, of_run))),
shared AS MATERIALIZED (
    SELECT coalesce(max(l.seq), -1) AS seq, max(l.hash) FILTER (l.seq = 0) AS start FROM l JOIN r ON l.seq = r.seq AND l.hash = r.hash
),
calls AS MATERIALIZED (
    SELECT position, x.seq AS seq, y.seq AS other_seq, x.tool AS tool, y.tool AS other_tool,
        x.arguments AS arguments, y.arguments AS other_arguments,
        x.tool IS NOT DISTINCT FROM y.tool AND x.arguments_key IS NOT DISTINCT FROM y.arguments_key AS same
    FROM calls_of(one, of_run) x FULL JOIN calls_of(other, coalesce(other_run, of_run)) y USING (position)
)
SELECT s.seq AS shared_seq, a.kind AS kind, b.kind AS other_kind, c.position, c.seq, c.other_seq, c.tool, c.other_tool,
    c.arguments, c.other_arguments
FROM shared s LEFT JOIN l a ON a.seq = s.seq + 1 LEFT JOIN r b ON b.seq = s.seq + 1
LEFT JOIN (FROM calls WHERE NOT same ORDER BY position LIMIT 1) c ON true;
COMMENT ON MACRO TABLE divergence IS $$One row: where two histories part, which may be trials of one task, or a fork and its parent. Words and calls are told apart: histories that say other things may make the same calls for long.
SELECT shared_seq, kind, other_kind, position, tool, other_tool FROM divergence((SELECT min(episode) FROM episodes), (SELECT max(episode) FROM episodes))
shared_seq: seq of the last event they share; -1 where not even their openings are the same
kind: kind of the first event that only the one has; null where it ends there
other_kind: the same of the other
position: number of the first call in which they differ, of all calls of either history; null where all are the same
seq: seq of that call in the one; null where it makes none
other_seq: the same of the other
tool: what the one called
other_tool: what the other called
arguments: what the one called it with
other_arguments: what the other called it with$$;

-- --- what is wrong with the files ------------------------------------------------------------------------------------

CREATE VIEW damages AS
WITH
found AS MATERIALIZED (
    SELECT run, segment, episode, count(*) AS lines, min(seq) AS low, max(seq) AS high, arg_min(kind, seq) AS first,
        any_value(parent) AS parent
    FROM parts.lines GROUP BY run, segment, episode
),
lines AS (
    SELECT run, episode, sum(lines)::BIGINT AS events, min(low) AS low, max(high) AS high, arg_min(first, low) AS first,
        any_value(parent) AS parent
    FROM found WHERE episode IS NOT NULL GROUP BY run, episode
),
unreadable AS (
    SELECT f.run, f.segment, f.lines - (SELECT count(*) FROM parts.torn_tails t WHERE t.segment = f.segment AND t.hash IS NULL) AS lines
    FROM found f WHERE f.episode IS NULL
)
FROM (
    SELECT run, segment, NULL::VARCHAR AS episode, reason FROM parts.torn_tails
    UNION ALL
    SELECT run, file, NULL, reason FROM parts.broken_files
    UNION ALL
    SELECT run, segment, NULL, concat(lines, ' lines cannot be read')
    FROM unreadable WHERE lines > 0 AND segment NOT IN (SELECT segment FROM parts.live_segments)
    UNION ALL
    SELECT run, NULL, episode, concat(events, ' events from seq ', low, ' to ', high, ': some are missing or doubled')
    FROM lines WHERE events <> high - low + 1
    UNION ALL
    SELECT run, NULL, episode, 'does not begin with episode.opened' FROM lines WHERE first <> 'episode.opened'
    UNION ALL
    SELECT run, NULL, episode, concat('its parent ', parent, ' is not in this run')
    FROM lines c ANTI JOIN lines p ON p.run = c.run AND p.episode = c.parent
    WHERE parent IS NOT NULL AND run NOT IN (SELECT run FROM parts.live_segments)
) ORDER BY ALL;
COMMENT ON VIEW damages IS $$One row per fault of the files: what is broken is left out of all other views. None is good. Altered bytes inside an intact line are found by the hash chain alone: `corecraft verify`.
SELECT run, segment, episode, reason FROM damages$$;
COMMENT ON COLUMN damages.segment IS 'the file, where the fault is one of a file';
COMMENT ON COLUMN damages.episode IS 'the episode, where the fault is one of an episode';
COMMENT ON COLUMN damages.reason IS 'what is wrong';
