"""Check data against a JSON Schema, with messages that a user can act on."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, validators
from jsonschema.exceptions import ValidationError, best_match

from isospine.io.yaml import parse_yaml
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.baselines import BASELINES
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.kinds import KINDS
from isospine.words import did_you_mean

Schema = dict[str, Any]

#: Registries whose names a value may be: those of the keyword `nameOf`, which JSON Schema does not have.
REGISTRIES: dict[str, Mapping[str, Any]] = {
    "activation": ACTIVATIONS,
    "baseline": BASELINES,
    "encoding": ENCODINGS,
    "model": KINDS,
}


def names_of(rule: Schema) -> list[Any]:
    """Values that a rule lists, itself or by a registry."""
    return list(REGISTRIES[rule["nameOf"]]) if "nameOf" in rule else list(rule.get("enum", []))


def _is_name(validator: Any, registry: str, instance: object, rule: Schema) -> Iterator[ValidationError]:
    """Refuse names that are not in the registry."""
    if instance not in names_of(rule):
        yield ValidationError(f"{instance!r} is not one of {names_of(rule)}")


def _matches(validator: Any, pattern: str, instance: object, rule: Schema) -> Iterator[ValidationError]:
    """Refuse text that does not match a pattern; its `$` is the end, and not also a line break before it."""
    if isinstance(instance, str) and (not re.search(pattern, instance) or instance.endswith("\n")):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _is_integer(checker: TypeChecker, value: object) -> bool:
    """Refuse 256.0, which is an integer to JSON Schema but not to numpy."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(checker: TypeChecker, value: object) -> bool:
    """Refuse YAML's .nan and .inf, which JSON does not have."""
    return _is_integer(checker, value) or (isinstance(value, float) and math.isfinite(value))


Validator = validators.extend(
    Draft202012Validator,
    {"nameOf": _is_name, "pattern": _matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)

#: Names of JSON Schema types in messages.
TYPES_IN_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "null",
}


def schema_error(instance: Any, schema: Schema) -> str | None:
    """Describe the first error in data; None if it is valid.

    Parameters
    ----------
    instance : object
        What YAML or JSON files hold.
    schema : dict
        JSON Schema 2020-12. The `description` of a rule becomes the "expected" part of a message.

    Returns
    -------
    str or None
        One sentence: the key's path, what stands there, and what was expected.
    """
    error = best_match(Validator(schema).iter_errors(instance))
    return None if error is None else _explain(error)


def from_text(value: Any, rule: Schema, root: Schema | None = None) -> Any:
    """Read texts the way a YAML file would, where a schema does not ask for text.

    For values from the command line, of which Snakemake reads the nested ones as text.

    Parameters
    ----------
    value : object
        Text, or lists and dictionaries of it; anything else stays as it is.
    rule : dict
        JSON Schema of the value.
    root : dict, optional
        The schema that `$ref` looks into; `rule` itself if not given.
    """
    root = rule if root is None else root
    choices = _choices(rule, root)
    if isinstance(value, dict):
        known = [choice for choice in choices if "properties" in choice or "additionalProperties" in choice]
        parts = {key: _property(key, known) for key in value}
        return {key: from_text(part, parts[key], root) for key, part in value.items()}
    if isinstance(value, list):
        items: Schema = next((choice["items"] for choice in choices if "items" in choice), {})
        return [from_text(item, items, root) for item in value]
    if not isinstance(value, str) or any(_allows(choice, value) for choice in choices):
        return value
    try:
        return parse_yaml(value)
    except ValueError:
        return value


def _choices(rule: Schema, root: Schema) -> list[Schema]:
    """List the alternatives of a rule, without `$ref` and `oneOf`; a value has to follow one."""
    if "$ref" in rule:
        return _choices(root["$defs"][rule["$ref"].rsplit("/", 1)[1]], root)
    return [one for choice in rule.get("oneOf", []) for one in _choices(choice, root)] or [rule]


def _property(key: str, choices: list[Schema]) -> Schema:
    """Rule of one key of a map."""
    others = [choice.get("additionalProperties") for choice in choices]
    named = [choice["properties"][key] for choice in choices if key in choice.get("properties", {})]
    return next((rule for rule in [*named, *others] if isinstance(rule, dict)), {})


def _allows(rule: Schema, text: str) -> bool:
    """Check whether a text may stay one; a `null` that is allowed is not text."""
    kinds = rule.get("type", [])
    if "null" in kinds and text in ("null", "~", ""):
        return False
    return "string" in kinds or text in [*names_of(rule), rule.get("const")]


def _explain(error: ValidationError) -> str:
    """Say in one sentence which key is wrong and what was expected."""
    path = ".".join(str(part) for part in error.absolute_path) or "config"
    rule: Schema = error.schema if isinstance(error.schema, dict) else {}
    found: Any = error.instance
    if error.validator == "additionalProperties":
        known = sorted(rule["properties"])
        unknown = next(str(key) for key in found if key not in known)
        hint = did_you_mean(unknown, known) or f"expected one of {', '.join(known)}"
        return f"{path}: unknown key {unknown!r}; {hint} (config/README.md lists every key)"
    if error.validator == "required":
        return (
            f"{path}: {error.message.replace('property', 'key')}; add it (config/README.md lists every key)"
        )
    expected = _expectation(error, rule) + _hint(error, rule)
    return f"{path}: {json.dumps(found, default=str)} is not allowed; expected {expected}"


def _expectation(error: ValidationError, rule: Schema) -> str:
    """Say in words what a schema rule asks for."""
    if "description" in rule or error.validator in ("enum", "nameOf", "type", "oneOf"):
        return _in_words(rule)
    if error.validator == "uniqueItems":
        return "every item once"
    limits = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "minItems": "a list whose length is at least",
        "minLength": "text whose length is at least",
        "pattern": "a name that matches",
    }
    if error.validator in limits:
        return f"{limits[error.validator]} {error.validator_value}"
    return f"something else ({error.message})"


def _in_words(rule: Schema) -> str:
    """Describe the values that a schema rule allows."""
    if "description" in rule:
        return str(rule["description"])
    if "oneOf" in rule:
        return ", or ".join(_in_words(choice) for choice in rule["oneOf"])
    if names_of(rule):
        return "one of " + ", ".join(map(str, names_of(rule)))
    if "const" in rule:
        return f"the word {rule['const']}"
    kinds = rule.get("type", "object")
    words = " or ".join(TYPES_IN_WORDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))
    if "minimum" in rule and "maximum" in rule:
        words += f" from {rule['minimum']} to {rule['maximum']}"
    return words


def _hint(error: ValidationError, rule: Schema) -> str:
    """Say how to write a number that YAML took for text, or text that it took for a number."""
    if error.validator != "type":
        return ""
    kinds = rule["type"]
    if isinstance(error.instance, str) and ("number" in kinds or "integer" in kinds):
        try:
            number = float(error.instance)
        except ValueError:
            return ""
        return f"; YAML reads this as text: write {int(number) if number.is_integer() else number}"
    if isinstance(error.instance, int | float) and "string" in kinds:
        return "; put it in quotes"
    return ""
