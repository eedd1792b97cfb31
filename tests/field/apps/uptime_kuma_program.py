"""What a program does with uptime-kuma-api: the server's address is its argument."""

import json
import sys

from uptime_kuma_api import MonitorType, UptimeKumaApi, UptimeKumaException

with UptimeKumaApi(sys.argv[1], headers={"X-From": "the test"}) as api:
    try:
        api.login("admin", "wrong")
        refused = None
    except UptimeKumaException as error:
        refused = str(error)
    token = api.login("admin", "secret")["token"]
    before = api.get_monitors()
    added = api.add_monitor(type=MonitorType.PING, name="a host", hostname="host.test")
    monitors = [{"id": one["id"], "name": one["name"]} for one in api.get_monitors()]
    print(json.dumps([refused, token, before, added, monitors, api.info()["version"]]))
