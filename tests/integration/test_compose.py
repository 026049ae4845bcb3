"""docker-compose.yml is valid, with and without the demo. No container engine is needed for that."""

import os
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from stack import ROOT

FILE = ROOT / "docker-compose.yml"
ENTITIES = ("product", "event", "stock")
PRODUCERS = {f"{name}-producer" for name in ENTITIES}
CONSUMERS = {f"{name}-consumer" for name in ENTITIES}
PROGRAMS = {"kafka"} | PRODUCERS | CONSUMERS
DEMO = {"strapi", "postgres"}


def composes():
    """Each compose that is installed: the plugin of docker, or Debian's own."""
    found = []
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        found.append(["docker", "compose"])
    if shutil.which("docker-compose"):
        found.append(["docker-compose"])
    return found


COMPOSES = composes()


def compose(command, *arguments, **env):
    done = subprocess.run(
        [*command, "-f", FILE, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def described(command, profile=None, **env):
    arguments = ["--profile", profile] if profile else []
    return yaml.safe_load(compose(command, *arguments, "config", **env))["services"]


def services(command, profile=None):
    """Those that `up` starts. The old compose lists those of every profile, the new one of this only."""
    every = described(command, profile)
    return {name for name, about in every.items() if not about.get("profiles") or profile in about["profiles"]}


def test_there_is_a_compose():
    assert COMPOSES, "neither docker compose nor docker-compose: scripts/setup --tests installs one"


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_valid_for_ones_own_strapi(command):
    text = compose(command, "config", STRAPI_URL="http://host.docker.internal:1337", STRAPI_TOKEN="my-token")
    assert text.count("http://host.docker.internal:1337") == text.count("my-token") > 0
    found = services(command)
    assert PROGRAMS <= found and not DEMO & found


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_valid_as_a_demo(command):
    compose(command, "--profile", "demo", "config")
    assert PROGRAMS | DEMO <= services(command, "demo")


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_one_place_for_the_token(command):
    """Consumer and Strapi get the same, whatever it is."""
    text = compose(command, "--profile", "demo", "config", STRAPI_TOKEN="the-only-token")
    tokens = set(re.findall(r"STRAPI_TOKEN['\"]?[:=] *['\"]?([\w-]+)", text))
    assert tokens == {"the-only-token"}


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_nothing_waits_for_another_of_ours(command):
    """All of them start together: an order that only docker-compose knew would be none elsewhere."""
    every = described(command)
    for name in PRODUCERS | CONSUMERS:
        assert set(every[name]["depends_on"]) == {"kafka"}


def mounts(service):
    """{folder in the container: (folder here, whether it may be written)}, as either compose says it."""
    found = {}
    for mount in service["volumes"]:
        if isinstance(mount, str):
            here, there, *mode = mount.split(":")
            found[there] = (here, mode != ["ro"])
        else:
            found[mount["target"]] = (mount["source"], not mount.get("read_only", False))
    return found


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_each_producer_has_its_folder_and_its_options(command):
    given = {f"{name.upper()}_OPTIONS": f"--map '{name}=Full name' --strict" for name in ENTITIES}
    every = described(command, DATA_DIR="/srv/feeds", FEEDS_USER="1234:1235", **given)
    for name in ENTITIES:
        service = every[f"{name}-producer"]
        words = service["command"]
        words = shlex.split(words) if isinstance(words, str) else words
        assert words == ["--watch", "/incoming", "--map", f"{name}=Full name", "--strict"]
        assert mounts(service) == {"/incoming": (f"/srv/feeds/incoming/{name}", True), "/data": ("/srv/feeds", False)}
        assert service["user"] == "1234:1235"


def test_the_folders_are_there():
    """Docker would make them, for root."""
    for name in ENTITIES:
        assert (ROOT / "data" / "incoming" / name / ".gitkeep").exists()


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_the_demo_sends_its_own_feeds(command):
    demo = described(command, "demo", DATA_DIR="/srv/feeds")["demo"]
    assert mounts(demo) == {"/data": (str(ROOT / "data"), False)}
    assert set(demo["depends_on"]) == {"kafka", "strapi"}


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_stock_looks_where_the_products_are(command):
    every = described(command, PRODUCT_TOPIC="wares", PRODUCT_GROUP="makers")
    stock = every["stock-consumer"]["environment"]
    products = every["product-consumer"]["environment"]
    assert (products["TOPIC"], products["GROUP_ID"]) == (stock["PRODUCT_TOPIC"], stock["PRODUCT_GROUP"])
    assert every["product-producer"]["environment"]["TOPIC"] == products["TOPIC"] == "wares"


@pytest.mark.parametrize("command", COMPOSES, ids=" ".join)
def test_each_can_be_asked_and_has_time_to_stop(command):
    every = described(command)
    for name in CONSUMERS | PRODUCERS:
        assert every[name]["healthcheck"]["test"] == ["CMD", name, "--healthcheck"]
        assert every[name]["stop_grace_period"] == ("45s" if name in CONSUMERS else "30s")


def test_the_example_has_all_that_is_asked_for():
    """Every ${NAME} of the file is in .env.example, and nothing else is."""
    asked = set(re.findall(r"\$\{([A-Z_0-9]+)", FILE.read_text()))
    shown = set(re.findall(r"^#?([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == shown


def test_programs_run_without_rights():
    text = FILE.read_text()
    assert "read_only: true" in text and "no-new-privileges" in text and "cap_drop" in text
    assert re.search(r"^USER +(?!root|0\b)\S+", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
