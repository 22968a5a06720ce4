# SPDX-License-Identifier: MIT
"""The resolver against real name servers on loopback: Knot DNS, and dnsdist before it, which
delays, truncates, drops and lies."""

import socket
import sys
import threading
import unittest

import name_servers

DOMAIN = "tautline.test"
ZONE = """
@           HTTPS 0 www
www         A     192.0.2.1
www         A     192.0.2.2
www         AAAA  2001:db8::1
www         HTTPS 1 . alpn=h3,h2 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1
plain       A     192.0.2.3
cname   60  CNAME www
short   1   A     192.0.2.8
short   1   HTTPS 1 . alpn=h2
pool        HTTPS 2 second port=8443
pool        HTTPS 1 first alpn=h2 no-default-alpn mandatory=alpn,port port=9443
_8443._https.www HTTPS 1 svc alpn=h2
future      HTTPS 1 new mandatory=key667 key667=x
future      HTTPS 2 old
ech         HTTPS 1 . ech=AEX+DQBB
*.wild      HTTPS 1 . alpn=h2
loop        HTTPS 0 loop2
loop2       HTTPS 0 loop
gone        HTTPS 0 .
bare        HTTPS 0 plain
""" + "".join(f"big HTTPS {i} target-number-{i} alpn=h2 ipv6hint=2001:db8::{i}\n"
              for i in range(1, 41)) + "".join(f"wide A 198.51.100.{i}\n" for i in range(1, 61))

# Port 65 is the type HTTPS. A raw answer of two bytes has a priority and no target.
RULES = f"""
addAction(AndRule({{QNameRule("slow.{DOMAIN}"), QTypeRule(DNSQType.AAAA)}}), DelayAction(900))
addAction(AndRule({{QNameRule("slow.{DOMAIN}"), QTypeRule(65)}}), DelayAction(400))
addAction(AndRule({{QNameRule("lame.{DOMAIN}"), QTypeRule(DNSQType.A)}}), DelayAction(900))
addAction(AndRule({{QNameRule("tcp.{DOMAIN}"), TCPRule(false)}}), TCAction())
addAction(QNameRule("silent.{DOMAIN}"), DropAction())
addAction(QNameRule("broken.{DOMAIN}"), RCodeAction(DNSRCode.SERVFAIL))
addAction(QNameRule("refused.{DOMAIN}"), RCodeAction(DNSRCode.REFUSED))
addAction(AndRule({{QNameRule("liar.{DOMAIN}"), QTypeRule(65)}}), SpoofRawAction("\\000\\001"))
addAction(QNameRule("liar.{DOMAIN}"), SpoofAction({{"203.0.113.9", "2001:db8::bad"}}))
"""
RULES_ZONE = """
slow   A 192.0.2.4
slow   AAAA 2001:db8::4
slow   HTTPS 1 .
lame   A 192.0.2.5
lame   AAAA 2001:db8::5
tcp    A 192.0.2.6
tcp    HTTPS 1 . alpn=h2
"""


class Case(unittest.TestCase):
    servers = None

    def ask(self, *questions, **options):
        """The answers in the order in which they came."""
        full = [
            text if text[0] in "+@" else text.replace("/", f".{DOMAIN}/", 1).lstrip(".")
            for text in questions
        ]
        return name_servers.probe(self.servers, *full, **options)

    def ask_one(self, question, **options):
        (answer,) = self.ask(question, **options)
        return answer

    @classmethod
    def run_server(cls, server):
        server.__enter__()
        cls.addClassCleanup(server.__exit__)
        cls.servers = f"127.0.0.1:{server.port}"
        return server


class KnotDns(Case):
    @classmethod
    def setUpClass(cls):
        cls.run_server(name_servers.Knot(DOMAIN, ZONE))

    def test_answers_each_type_for_itself(self):
        answers = {each["type"]: each for each in self.ask("www/https", "www/aaaa", "www/a")}
        self.assertEqual(sorted(answers["A"]["addresses"]), ["192.0.2.1", "192.0.2.2"])
        self.assertEqual(answers["AAAA"]["addresses"], ["2001:db8::1"])
        expected = {
            "priority": 1,
            "target": f"www.{DOMAIN}",
            "alpn": ["h3", "h2", "http/1.1"],
            "port": None,
            "ipv4": ["192.0.2.1"],
            "ipv6": ["2001:db8::1"],
            "ech_bytes": 0,
        }
        self.assertEqual(answers["HTTPS"]["services"], [expected])

    def test_sorts_services_and_reads_their_parameters(self):
        first, second = self.ask_one("pool/https")["services"]
        self.assertEqual(
            (first["target"], first["alpn"], first["port"]), (f"first.{DOMAIN}", ["h2"], 9443)
        )
        self.assertEqual(
            (second["target"], second["alpn"], second["port"]),
            (f"second.{DOMAIN}", ["http/1.1"], 8443),
        )

    def test_follows_a_cname(self):
        answer, addresses = self.ask("cname/https", "+", "cname/a")
        self.assertEqual(answer["services"][0]["target"], f"www.{DOMAIN}")
        self.assertEqual(len(addresses["addresses"]), 2)

    def test_tells_an_alias_at_the_apex(self):
        self.assertEqual(self.ask_one("/https")["alias"], f"www.{DOMAIN}")

    def test_tells_an_alias_to_a_host_without_services(self):
        alias, services = self.ask("bare/https", "+", "plain/https")
        self.assertEqual(alias["alias"], f"plain.{DOMAIN}")
        self.assertEqual(services["services"], [])

    def test_tells_each_step_of_a_circle_of_aliases(self):
        first, second = self.ask("loop/https", "+", "loop2/https")
        self.assertEqual(first["alias"], f"loop2.{DOMAIN}")
        self.assertEqual(second["alias"], f"loop.{DOMAIN}")

    def test_takes_an_alias_to_the_root_as_no_service(self):
        self.assertEqual(self.ask_one("gone/https")["services"], [])

    def test_finds_the_services_of_another_port(self):
        answer = self.ask_one("_8443._https.www/https")
        self.assertEqual(answer["services"][0]["target"], f"svc.{DOMAIN}")

    def test_leaves_out_what_needs_an_unknown_key(self):
        targets = [each["target"] for each in self.ask_one("future/https")["services"]]
        self.assertEqual(targets, [f"old.{DOMAIN}"])

    def test_hands_on_ech(self):
        self.assertEqual(self.ask_one("ech/https")["services"][0]["ech_bytes"], 6)

    def test_takes_the_name_that_a_wildcard_stood_for(self):
        answer = self.ask_one("any.wild/https")
        self.assertEqual(answer["services"][0]["target"], f"any.wild.{DOMAIN}")

    def test_fetches_a_long_answer_over_tcp(self):
        services, addresses = self.ask("big/https", "+", "wide/a")
        self.assertEqual(len(services["services"]), 40)
        self.assertEqual(services["services"][0]["target"], f"target-number-1.{DOMAIN}")
        self.assertEqual(len(addresses["addresses"]), 60)

    def test_takes_neither_no_data_nor_no_name_for_a_failure(self):
        for name in ("plain", "missing"):
            services, addresses = self.ask(f"{name}/https", "+", f"{name}/aaaa")
            self.assertEqual(services["services"], [])
            self.assertEqual(addresses["addresses"], [])


class WhatIsKept(Case):

    def test_what_is_kept_is_not_asked_for_again(self):
        with name_servers.Knot(DOMAIN, ZONE) as server, Relay(server.port) as relay:
            self.servers = f"127.0.0.1:{relay.port}"
            answers = self.ask("www/a", "+", "www/a", "+", "www/https", "+", "www/https")
            self.assertEqual(len(answers), 4)
            self.assertEqual(relay.asked, [1, 65])

    def test_a_stale_answer_is_given_to_those_who_take_it(self):
        with name_servers.Knot(DOMAIN, ZONE) as server, Relay(server.port) as relay:
            self.servers = f"127.0.0.1:{relay.port}"
            first, stale, fresh = self.ask(
                "short/a", "+", "@1100", "short/a/stale", "+", "short/a"
            )
            self.assertEqual(first["addresses"], ["192.0.2.8"])
            kept = [each["stale"] for each in (first, stale, fresh)]
            self.assertEqual(kept, [False, True, False])
            self.assertEqual(relay.asked, [1, 1])


class DnsdistBeforeIt(Case):
    @classmethod
    def setUpClass(cls):
        knot = cls.run_server(name_servers.Knot(DOMAIN, ZONE + RULES_ZONE))
        cls.run_server(name_servers.Dnsdist(knot.port, RULES, f"ready.{DOMAIN}"))

    def test_delays_two_types_and_not_the_third(self):
        answers = self.ask("slow/https", "slow/aaaa", "slow/a")
        self.assertEqual([each["type"] for each in answers], ["A", "HTTPS", "AAAA"])
        self.assertNotIn(True, ["failed" in each for each in answers])

    def test_delays_the_addresses_of_one_family(self):
        answers = self.ask("lame/a", "lame/aaaa", "lame/https")
        self.assertEqual(answers[-1]["type"], "A")
        self.assertEqual(answers[-1]["addresses"], ["192.0.2.5"])

    def test_truncates_everything_over_udp(self):
        services, addresses = self.ask("tcp/https", "+", "tcp/a")
        self.assertEqual(services["services"][0]["alpn"], ["h2", "http/1.1"])
        self.assertEqual(addresses["addresses"], ["192.0.2.6"])

    def test_drops_queries_until_they_time_out(self):
        answers = self.ask("www/a", "+", "silent/https", "silent/a", timeout=100)
        self.assertEqual(len(answers), 3)
        self.assertIn("addresses", answers[0])
        for answer in answers[1:]:
            self.assertIn("imeout", answer["failed"])

    def test_fails_and_refuses(self):
        for name in ("broken", "refused"):
            for answer in self.ask(f"{name}/https", f"{name}/a", timeout=100):
                self.assertIn("failed", answer)

    def test_one_malformed_record_leaves_out_all(self):
        self.assertEqual(self.ask_one("liar/https")["services"], [])

    def test_lies_about_addresses_and_is_believed(self):
        v4, v6 = self.ask("liar/a", "+", "liar/aaaa")
        self.assertEqual(v4["addresses"], ["203.0.113.9"])
        self.assertEqual(v6["addresses"], ["2001:db8::bad"])


class Forgers(Case):
    """Someone on the way who sends a forged answer ahead of the true one."""

    def ask_past(self, forge, question):
        with name_servers.Knot(DOMAIN, ZONE) as server, Relay(server.port, forge) as relay:
            self.servers = f"127.0.0.1:{relay.port}"
            return self.ask_one(question)

    def assert_true_answers(self, forge):
        self.assertEqual(self.ask_past(forge, "plain/a")["addresses"], ["192.0.2.3"])
        services = self.ask_past(forge, "pool/https")["services"]
        self.assertEqual([each["priority"] for each in services], [1, 2])

    def test_another_id_is_not_believed(self):
        self.assert_true_answers(lambda query: answer_of(query, id=bytes([query[0], query[1] ^ 1])))

    def test_another_question_is_not_believed(self):
        swapped = b"\x05other\x08tautline\x04test\0"
        self.assert_true_answers(lambda query: answer_of(query, name=swapped))

    def test_garbage_is_not_believed(self):
        self.assert_true_answers(lambda query: b"\xff" * 40)
        self.assert_true_answers(lambda query: b"")

    def test_records_that_end_in_the_middle_are_nothing_known(self):
        cut = self.ask_past(lambda query: answer_of(query, cut=True), "plain/https")
        self.assertTrue("failed" in cut or cut["services"] == [], cut)


def answer_of(query, id=None, name=None, cut=False):
    """An answer with one record of four bytes; without changes it would be believed."""
    end = query.index(b"\0", 12) + 5
    question = query[12:end] if name is None else name + query[end - 4 : end]
    id = query[:2] if id is None else id
    head = id + bytes.fromhex("8400 0001 0001 0000 0000")
    record = b"\xc0\x0c" + query[end - 4 : end] + bytes.fromhex("00000e10 0004 cb007101")
    return head + question + (record[:-6] if cut else record)


class Relay:
    """Stands before a name server: counts the questions, and may forge an answer to each."""

    def __init__(self, backend, forge=None, at=("127.0.0.1", 0)):
        self.backend, self.forge, self.asked, self.at = backend, forge, [], at

    def __enter__(self):
        self.front = socket.socket(type=socket.SOCK_DGRAM)
        self.front.bind(self.at)
        self.port = self.front.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(type=socket.SOCK_DGRAM) as last:
            last.sendto(b"end", self.front.getsockname())
        self.thread.join()
        self.front.close()

    def run(self):
        with socket.socket(type=socket.SOCK_DGRAM) as back:
            back.settimeout(name_servers.LIMIT)
            back.connect(("127.0.0.1", self.backend))
            while (query := self.front.recvfrom(4096))[0] != b"end":
                message, client = query
                end = message.index(b"\0", 12)
                self.asked.append(message[end + 2])
                if self.forge:
                    self.front.sendto(self.forge(message), client)
                back.send(message)
                self.front.sendto(back.recv(65536), client)


if __name__ == "__main__":
    if not (name_servers.KNOTD and name_servers.DNSDIST):
        print("knotd and dnsdist are not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
