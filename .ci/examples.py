"""Sends every example of the contract as every role of the demo and holds each answer against the contract.

Usage: examples.py ADDRESS PASSWORD CONTRACT
"""

import collections
import http.client
import json
import re
import sys
import urllib.parse
import uuid

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

CLIENTS = ["county", "agency-tax", "agency-land", "frontend"]
USERS = ["citizen1", "proxy1", "clerk1", "reviewer1", "chief1", "director1", "adviser1", "volunteer1", "admin1"]
ROLES = [None, *USERS, *CLIENTS]
METHODS = ["get", "post", "put", "patch", "delete"]

class Contract:
    """The document, with its references looked up."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)
        resource = Resource(contents=self.document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:contract", resource)
        answers = [self.resolved(answer) for _, _, operation in self.operations() for answer in operation["responses"].values()]
        # Other headers come with every answer alike, and the introduction names them.
        self.headers = {name.lower() for answer in answers for name in answer.get("headers", {})}

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def resolved(self, value):
        while "$ref" in value:
            value, reference = self.document, value["$ref"]
            for part in reference.removeprefix("#/").split("/"):
                value = value[part]
        return value

    def validator(self, schema):
        def absolute(value):
            if isinstance(value, dict):
                return {
                    key: "urn:contract" + inner if key == "$ref" and inner.startswith("#") else absolute(inner)
                    for key, inner in value.items()
                }
            return [absolute(inner) for inner in value] if isinstance(value, list) else value

        return Draft202012Validator(absolute(schema), registry=self.registry)

    def example(self, holder):
        """The example of a body or a parameter: its own, else its schema's, else the first choice."""
        schema = self.resolved(holder["schema"])
        for place in (holder, schema):
            if "example" in place:
                return place["example"]
            if place.get("examples"):
                examples = place["examples"]
                return examples[0] if isinstance(examples, list) else next(iter(examples.values()))["value"]
        return schema.get("enum", [None])[0]


class Client:
    """Speaks to one server, as whoever is asked for."""

    def __init__(self, address, password):
        self.host = urllib.parse.urlsplit(address).netloc
        self.password = password
        self.tokens = {}

    def send(self, method, target, headers, body=None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, content

    def token(self, role):
        if role not in self.tokens:
            if role in CLIENTS:
                form = {"grant_type": "client_credentials", "client_id": role, "client_secret": self.password}
                target, kind, body = "/v1/oauth/token", "application/x-www-form-urlencoded", urllib.parse.urlencode(form)
            else:
                target, kind = "/v1/auth/login", "application/json"
                body = json.dumps({"username": role, "password": self.password})
            status, _, answer = self.send("POST", target, {"Content-Type": kind}, body)
            assert status == 200, f"{role} cannot log in: {answer}"
            self.tokens[role] = json.loads(answer)["access_token"]
        return self.tokens[role]


def form(example):
    """The bytes of a body that is not JSON: a form's fields, or a content as it is."""
    return example.encode() if isinstance(example, str) else urllib.parse.urlencode(example)


def request(contract, method, path, operation):
    """The operation's example: target, headers and body."""
    query, headers, body = {}, {}, None
    for parameter in map(contract.resolved, operation.get("parameters", [])):
        example = contract.example(parameter)
        if parameter["in"] == "path":
            assert example is not None, f"{operation['operationId']}: {parameter['name']} has no example"
            path = path.replace("{" + parameter["name"] + "}", urllib.parse.quote(str(example), safe=""))
        elif parameter["in"] == "query" and parameter.get("required"):
            assert example is not None, f"{operation['operationId']}: {parameter['name']} has no example"
            query[parameter["name"]] = example
        elif parameter["in"] == "header" and parameter.get("required") and example is not None:
            headers[parameter["name"]] = example
        elif parameter["name"] == "If-Match":
            headers["If-Match"] = '"v1"'
        elif parameter["name"] == "Idempotency-Key":
            headers["Idempotency-Key"] = str(uuid.uuid4())
    if "requestBody" in operation:
        kind, content = next(iter(contract.resolved(operation["requestBody"])["content"].items()))
        example = contract.example(content)
        assert example is not None, f"{operation['operationId']}: the body has no example"
        fault = next(contract.validator(content["schema"]).iter_errors(example), None)
        assert fault is None, f"{operation['operationId']}: the example breaks its schema: {fault.message}"
        headers["Content-Type"] = kind
        body = json.dumps(example).encode() if kind.endswith("json") else form(example)
    return path + ("?" + urllib.parse.urlencode(query) if query else ""), headers, body


def faults(contract, operation, language, status, headers, content):
    """What the contract does not say of an answer."""
    if status >= 500:
        yield f"{status}"
    response = operation["responses"].get(str(status))
    if response is None:
        yield f"{status} is not in the contract"
        return
    response = contract.resolved(response)
    declared = {name.lower(): contract.resolved(header) for name, header in response.get("headers", {}).items()}
    for name in declared:
        if name not in headers and declared[name].get("required"):
            yield f"{status} comes without {name}"
    for name in headers.keys() & contract.headers - declared.keys():
        # Whether pages of other origins may read an answer is settled before any operation is asked.
        if name != "vary" or "accept-" in headers[name].lower():
            yield f"{status} comes with {name}, which the contract does not name"
    kind = headers.get("content-type", "").split(";")[0]
    kinds = response.get("content", {})
    if not kinds and content:
        yield f"{status} has a body, which the contract does not name"
    if kinds and kind not in kinds:
        yield f"{status} is {kind}"
    elif kinds and "json" in kind:
        answer = json.loads(content)
        fault = next(contract.validator(kinds[kind]["schema"]).iter_errors(answer), None)
        if fault:
            yield f"{status} at {fault.json_path}: {fault.message[:200]}"
        if status >= 400:
            texts = [answer["title"], answer["detail"], *(error["detail"] for error in answer["errors"])]
            chinese = [re.search("[\u4e00-\u9fff]", text) is not None for text in texts]
            if any(chinese) if language == "en" else not all(chinese):
                yield f"{status} {answer['code']} speaks another language than {language}: {texts}"


def main():
    address, password, path = sys.argv[1:]
    contract, client = Contract(path), Client(address, password)
    for role in ROLES[1:]:
        client.token(role)
    found, answers = collections.OrderedDict(), collections.Counter()
    for method, path, operation in contract.operations():
        name = operation["operationId"]
        target, headers, body = request(contract, method, path, operation)
        # More wrong passwords than one would close the account.
        for role in ROLES[:1] if name == "login" else ROLES:
            for language in ("zh-TW", "en"):
                sent = dict(headers, **{"Accept-Language": language})
                if "Idempotency-Key" in sent:
                    sent["Idempotency-Key"] = str(uuid.uuid4())
                if role:
                    sent["Authorization"] = "Bearer " + client.token(role)
                status, received, content = client.send(method, target, sent, body)
                answers[status] += 1
                if name == "logout":
                    client.tokens.pop(role, None)
                for fault in faults(contract, operation, language, status, received, content):
                    found.setdefault(f"{name}: {fault}", role)
    print(sum(answers.values()), "answers:", dict(sorted(answers.items())))
    for fault, role in found.items():
        print(f"{fault} (as {role or 'nobody'})")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
