"""What schemathesis cannot guess: which orders and drivers there are, how to write NDJSON, and that what was drained takes
no orders.

Loaded by scripts/schemathesis. Without the orders every generated id would be unknown, and no command would get further
than its 404.
"""

import json
import os
import urllib.request

import schemathesis

ORDERS = [f"seed-{n}" for n in range(12)]
DRIVERS = ["Joao-da-Silva", "Maria-Longe"]


def post(path, body):
    url = f"http://127.0.0.1:{os.environ['WEB_SERVER_PORT']}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


for order in ORDERS:
    post("/api/v1/orders", {"id": order, "order_number": order, "price": 100, "tax": 10})

schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Half of the generated ids become known ones; which, depends only on what was generated."""
    path = context.operation.path
    known = ORDERS if path.startswith("/api/v1/orders/") else DRIVERS if path.startswith("/api/v1/drivers/") else []
    for name, value in (path_parameters or {}).items():
        dice = sum(str(value).encode("utf-8", "surrogatepass"))
        if known and dice % 2:
            path_parameters[name] = known[dice // 2 % len(known)]
    return path_parameters


@schemathesis.hook
def after_call(context, case, response):
    """Takes a drained instance back: until then each new order would get its 503."""
    if case.operation.path.endswith("/drain") and response.status_code < 300:
        post(f"/api/v1/instances/{case.path_parameters['id']}/resume", {})
