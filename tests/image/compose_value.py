"""compose_value.py SERVICE [NAME]: the environment of a service of `docker-compose config`, on stdin."""
import sys

import yaml

service, *name = sys.argv[1:]
environment = yaml.safe_load(sys.stdin)["services"][service]["environment"]
if name:
    print(environment[name[0]])
else:
    for key, value in environment.items():
        print(f"{key}={value}")
