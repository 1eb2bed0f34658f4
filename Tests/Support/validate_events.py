"""Validates OpenLineage events, one per line on standard input.

    validate_events.py SCHEMAS

SCHEMAS holds OpenLineage.json and facets/*.json as the OpenLineage project publishes them. Each event is validated against the
schema that it names, each facet against the one that it names, and every facet is read by the classes of
OpenLineage's own client. Prints each problem; then how many events and facets there were. Exit 1 if there is a problem.
"""

import importlib
import json
import pathlib
import pkgutil
import sys

import jsonschema
import openlineage.client.event_v2 as client
import openlineage.client.generated as generated
import referencing
import referencing.jsonschema
from openlineage.client.serde import Serde


def client_classes():
    """Facets of the client by the names that the schemas give them."""
    classes = {}
    for module in pkgutil.iter_modules(generated.__path__):
        loaded = importlib.import_module(f"openlineage.client.generated.{module.name}")
        classes.update({name: value for name, value in vars(loaded).items() if name.endswith("Facet")})
    return classes


class Validator:
    def __init__(self, folder):
        self.schemas = {}
        for path in [folder / "OpenLineage.json", *sorted((folder / "facets").glob("*.json"))]:
            schema = json.loads(path.read_text(encoding="utf-8"))
            self.schemas[schema["$id"]] = schema
        self.registry = referencing.Registry().with_resources(
            (name, referencing.jsonschema.DRAFT202012.create_resource(schema)) for name, schema in self.schemas.items()
        )
        self.classes = client_classes()
        self.problems = []
        self.facets = set()

    def check(self, value, url, what):
        if url.split("#")[0] not in self.schemas:
            self.problems.append(f"{what}: there is no schema {url}")
            return
        validator = jsonschema.Draft202012Validator(
            {"$ref": url}, registry=self.registry, format_checker=jsonschema.FormatChecker()
        )
        for error in validator.iter_errors(value):
            self.problems.append(f"{what}: {error.json_path}: {error.message[:300]}")

    def check_facets(self, facets, what):
        read = {}
        for name, facet in (facets or {}).items():
            self.facets.add(name)
            url = facet.get("_schemaURL", "")
            self.check(facet, url, f"{what} {name}")
            # The name under which the schema itself expects the facet.
            schema = self.schemas.get(url.split("#")[0], {})
            if name not in schema.get("properties", {}):
                self.problems.append(f"{what} {name}: its schema does not call it so")
            read[name] = self.read(url.split("/")[-1], facet, f"{what} {name}")
        return {name: value for name, value in read.items() if value is not None}

    def read(self, type_name, facet, what):
        fields = {key: value for key, value in facet.items() if not key.startswith("_")}
        try:
            return self.classes[type_name](**fields)
        except Exception as error:  # whatever the client says against it
            self.problems.append(f"{what}: the client does not read it: {error!r}")
            return None

    def check_event(self, line):
        event = json.loads(line)
        what = f"{event.get('eventType')} of {event.get('run', {}).get('runId')}"
        self.check(event, event["schemaURL"], what)
        for key in ("eventType", "inputs", "outputs"):
            if key not in event:
                self.problems.append(f"{what}: has no {key}")

        def datasets(key, kind, own):
            return [
                kind(
                    namespace=dataset["namespace"],
                    name=dataset["name"],
                    facets=self.check_facets(dataset.get("facets"), f"{what} {key}"),
                    **{own: self.check_facets(dataset.get(own), f"{what} {key}")},
                )
                for dataset in event[key]
            ]

        try:
            read = client.RunEvent(
                eventTime=event["eventTime"],
                eventType=client.RunState[event["eventType"]],
                producer=event["producer"],
                run=client.Run(
                    runId=event["run"]["runId"], facets=self.check_facets(event["run"].get("facets"), f"{what} run")
                ),
                job=client.Job(
                    namespace=event["job"]["namespace"],
                    name=event["job"]["name"],
                    facets=self.check_facets(event["job"].get("facets"), f"{what} job"),
                ),
                inputs=datasets("inputs", client.InputDataset, "inputFacets"),
                outputs=datasets("outputs", client.OutputDataset, "outputFacets"),
            )
            again = json.loads(Serde.to_json(read))
            if again["run"]["runId"] != event["run"]["runId"] or again["eventType"] != event["eventType"]:
                self.problems.append(f"{what}: the client reads another event")
        except Exception as error:
            self.problems.append(f"{what}: the client does not read it: {error!r}")


def main():
    validator = Validator(pathlib.Path(sys.argv[1]))
    events = [line for line in sys.stdin if line.strip()]
    for line in events:
        validator.check_event(line)
    for problem in validator.problems:
        print(problem)
    print(f"{len(events)} events, facets: {' '.join(sorted(validator.facets))}")
    sys.exit(1 if validator.problems or not events else 0)


main()
