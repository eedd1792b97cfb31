"""Programs that take long to install or to build are tested where their environment is there."""

import os

collect_ignore = [] if "SIO_FIELD_MORE_PYTHON" in os.environ else ["more"]
