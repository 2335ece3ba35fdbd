"""The tools that build, deploy and look after MiniTwit on a swarm.

They make token keys with the chassis' own code, so that is on the path.
"""

import sys
from pathlib import Path

_CHASSIS = str(Path(__file__).resolve().parent.parent / "chassis")
if _CHASSIS not in sys.path:
    sys.path.append(_CHASSIS)
