#!/bin/sh
exec python3 "$(dirname "$0")/grade.py" "${1:-/app/answer.md}" "${2:-/logs/verifier}"
