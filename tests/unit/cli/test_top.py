from __future__ import annotations

from proxy.cli.top import Sample, lines

BEFORE = """
# TYPE proxy_answers counter
proxy_answers_total{responsibility="none"} 10
proxy_answers_total{responsibility="target"} 0
# TYPE proxy_exchanges counter
proxy_exchanges_total{path="/v1/chat/completions",code="",responsibility="none"} 10
"""
NOW = """
# TYPE proxy_answers counter
proxy_answers_total{responsibility="none"} 29
proxy_answers_total{responsibility="target"} 1
# TYPE proxy_exchanges counter
proxy_exchanges_total{path="/v1/chat/completions",code="",responsibility="none"} 29
proxy_exchanges_total{path="/v1/chat/completions",code="targets_down",responsibility="target"} 1
# TYPE proxy_exchange_seconds summary
proxy_exchange_seconds_sum{path="/v1/chat/completions"} 2
proxy_exchange_seconds_count{path="/v1/chat/completions"} 20
# TYPE proxy_target_calls counter
proxy_target_calls_total{target="a",result="200"} 19
proxy_target_calls_total{target="a",result="unreachable"} 1
# TYPE proxy_target_down gauge
proxy_target_down{target="a"} 1
# TYPE proxy_part_ready gauge
proxy_part_ready{part="audit"} 0
proxy_part_ready{part="vault"} 1
# TYPE proxy_pool_connections gauge
proxy_pool_connections{pool="vault",state="busy"} 2
proxy_pool_connections{pool="vault",state="most"} 6
proxy_pool_connections{pool="vault",state="waiting"} 3
# TYPE proxy_in_flight gauge
proxy_in_flight 4
"""


def sample(*texts):
    made = Sample()
    for number, text in enumerate(texts):
        made.add(f"http://p{number}", text)
    return made


def test_rates_of_several_processes_are_added_and_what_is_lost_is_named():
    now = sample(NOW, NOW)
    now.lost.append("http://gone")
    shown = list(lines(sample(BEFORE, BEFORE), now, 2.0))
    assert shown[0].startswith(
        "2 of 3 processes   20.0 requests/s   available 96.667% since they started   in flight 8"
    )
    assert "none 19.0" in shown[1]
    assert "target 1.0" in shown[1]
    assert shown[2] == "LOST       http://gone does not answer"
    assert shown[3:5] == ["NOT READY  audit of http://p0", "NOT READY  audit of http://p1"]
    table = "\n".join(shown[5:])
    assert "100.0 ms" in table
    assert "5.0% failed  DOWN" in table
    assert "targets_down target" in table
    assert "4 busy of 12, 6 wait" in table


def test_without_requests_nothing_is_divided_by_nothing():
    assert next(lines(sample(""), sample(""), 1.0)).startswith("1 of 1 processes   0.0 requests/s   available - ")
