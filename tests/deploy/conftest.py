import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

# Those need a cluster: live/README.md.
collect_ignore = [] if os.environ.get("PORTCULLIS_LIVE_CLUSTER") else ["live"]
