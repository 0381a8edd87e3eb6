"""What the dashboards show, a file for each. build.py makes Grafana's JSON of them."""

from .audit import AUDIT
from .overview import OVERVIEW
from .policies import POLICIES
from .routing import ROUTING
from .services import SERVICES
from .slo import SLO

BOARDS = [OVERVIEW, ROUTING, POLICIES, AUDIT, SERVICES, SLO]
