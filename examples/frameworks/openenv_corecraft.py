"""CoreCraft as an OpenEnv environment: the server.

pip install "openenv==0.10.0" attrs msgspec structlog rich anyio && pip install --no-deps corecraft
CORECRAFT_RUN=runs/openenv uvicorn --app-dir examples/frameworks openenv_corecraft:app --port 8000
python examples/frameworks/openenv_client.py http://127.0.0.1:8000 S-2
corecraft verify runs/openenv
"""

from __future__ import annotations

import os

from corecraft.rollouts.frameworks.openenv_env import create_app

app = create_app(os.environ.get("CORECRAFT_RUN", "runs/openenv"))
