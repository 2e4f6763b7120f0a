import json

from isospine.jobs.report_json import json_for_scripts

DATA = {"a </script><script>alert(1)</script>": ["<!--", 1, None, "\u2028", "\\\\u003c"]}


def test_data_cannot_end_a_script_and_means_the_same() -> None:
    plain = json.dumps
    with json_for_scripts():
        text = json.dumps(DATA, indent=1)
    assert "<" not in text and "\u2028" not in text
    assert json.loads(text) == DATA
    assert json.dumps is plain and "<" in json.dumps(DATA)
