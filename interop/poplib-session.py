"""A program that fetches, as Python's poplib plays it. Arguments: host, port, tls | stls | plain, user, the server's
certificate, a folder to write the messages to, as NUMBER.eml. The password comes by standard input. Removes the last
message at its end. Ends with 0 when the server did as RFC 1939 says; otherwise with a traceback that says where it
did not."""

import os
import poplib
import time

from session import HOST, MODE, MORE as FOLDER, PASSWORD, PORT, USER, check, tls_context

# its own bound on a line is shorter than lines that mail may have
poplib._MAXLINE = 10_000_000


def connect():
    context = tls_context()
    if MODE == "tls":
        pop = poplib.POP3_SSL(HOST, PORT, context=context)
    else:
        pop = poplib.POP3(HOST, PORT)
    if MODE == "stls":
        check("STLS" in pop.capa(), "STLS is offered before TLS")
        check("USER" not in pop.capa(), "no password is asked for in the clear")
        pop.stls(context)
    if MODE != "plain":
        check("STLS" not in pop.capa(), "STLS is not offered inside TLS")
    capabilities = pop.capa()
    for name in ["USER", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "SASL"]:
        check(name in capabilities, f"{name} is offered")
    return pop


def sign_in(pop):
    pop.user(USER)
    pop.pass_(PASSWORD)


def sign_in_when_free(pop):
    """The connection before was closed without a word; the server hears of that in its own time."""
    for _ in range(50):
        try:
            return sign_in(pop)
        except poplib.error_proto as error:
            if "[IN-USE]" not in str(error):
                raise
            time.sleep(0.1)
    raise RuntimeError("the maildrop did not come free")


def names(pop):
    _, lines, _ = pop.uidl()
    return [line.split(b" ")[1] for line in lines]


def refused(call, code):
    try:
        call()
    except poplib.error_proto as error:
        check(code in str(error), f"{error} has the code {code}")
    else:
        raise RuntimeError("it was not refused")


pop = connect()
pop.user(USER)
refused(lambda: pop.pass_("wrong"), "[AUTH]")
sign_in(pop)

count, octets = pop.stat()
_, listed, _ = pop.list()
sizes = [int(line.split(b" ")[1]) for line in listed]
check(count == len(sizes) and octets == sum(sizes), "STAT and LIST agree")
first_names = names(pop)
check(len(set(first_names)) == count, "every message has a name of its own")
for number in range(1, count + 1):
    _, lines, _ = pop.retr(number)
    message = b"".join(line + b"\r\n" for line in lines)
    check(len(message) == sizes[number - 1], f"message {number} has as many octets as LIST says")
    with open(os.path.join(FOLDER, f"{number}.eml"), "wb") as file:
        file.write(message)
    _, top, _ = pop.top(number, 1)
    blank = lines.index(b"")
    check(top == lines[: blank + 2], f"the top of message {number} is its beginning")

other = connect()
other.user(USER)
refused(lambda: other.pass_(PASSWORD), "[IN-USE]")
other.quit()

pop.dele(1)
check(pop.stat()[0] == count - 1, "a marked message is not counted")
pop.rset()
check(pop.stat()[0] == count, "RSET takes the mark away")
pop.dele(1)
pop.close()

again = connect()
sign_in_when_free(again)
check(names(again) == first_names, "nothing goes without QUIT, and names stay")
again.dele(count)
again.noop()
check(again.quit().startswith(b"+OK"), "QUIT removes")

last = connect()
sign_in(last)
check(names(last) == first_names[:-1], "what was marked has gone, and nothing else")
last.quit()
