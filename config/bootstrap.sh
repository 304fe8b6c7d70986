#!/bin/sh
# Finds Python 3.11 or newer, at best one that can make virtual environments, and hands over to
# config/bootstrap.py. Needs nothing but a shell.

for need in "import ensurepip, venv" "pass"; do
    for python in python3.13 python3.12 python3.11 python3 python; do
        check="import sys; assert sys.version_info >= (3, 11); $need"
        if "$python" -c "$check" >/dev/null 2>&1; then
            exec "$python" config/bootstrap.py "$@"
        fi
    done
done

found=$( (python3 --version || python --version) 2>/dev/null | head -n 1)
echo "Python 3.11 or newer is needed; ${found:-no Python} was found." >&2
exit 2
