"""The viewer: runs, episodes and worlds as pages one can look at, served to one's own browser (docs/viewer.md).

Pages are made on the server from what `replay` and the SQL views tell; htmx swaps parts of them, and every state a reader may
come back to stands in the address. Nothing is fetched from elsewhere, and no text of the world is anything but text.

`shelf` holds the runs that are open, `app` what is answered at which address, and each page has a module that says what is on
it: `listing` (runs, episodes), `history` (one episode), `moment` (the world at a point of it), `pairs` (two episodes),
`trees` (forks), `questions` (SQL), `seat` (judging), `live` (an episode while it is played). `unlisted` tells of what the shelf
does not list yet. `hands` is all that a viewer may do rather than show; `cli/hands.py` brings it.
"""
