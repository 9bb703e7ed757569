"""A day of a mail program, as Python's imaplib plays it. Arguments: host, port, tls | starttls | plain, user, the
server's certificate, a folder with messages. The password comes by standard input. Ends with 0 when the server did
as the RFCs say; otherwise with a traceback that says where it did not."""

import imaplib
import os
import re

from session import HOST, MODE, MORE as FOLDER, PASSWORD, PORT, USER, check, tls_context

imaplib._MAXLINE = 10_000_000
DATE = '"17-Jul-2024 02:44:25 -0700"'


def same(got, wanted, what):
    check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


def done(answer):
    kind, data = answer
    check(kind == "OK", f"not OK, but {kind}: {data!r}")
    return data


def connect():
    context = tls_context()
    if MODE == "tls":
        mail = imaplib.IMAP4_SSL(HOST, PORT, ssl_context=context)
    else:
        mail = imaplib.IMAP4(HOST, PORT)
        if MODE == "starttls":
            done(mail.starttls(context))
    done(mail.login(USER, PASSWORD))
    return mail


def fetched(mail, numbers, what):
    """UID -> (the line around the literals, the literals), what the server told unasked before among them."""
    found = []
    for piece in done(mail.uid("FETCH", numbers, what)):
        line = piece[0] if isinstance(piece, tuple) else piece
        if re.match(rb"\d+ \(", line or b""):
            found.append([b"", []])
        if line is not None:
            found[-1][0] += line
        if isinstance(piece, tuple):
            found[-1][1].append(piece[1])
    with_uid = [(re.search(rb"UID (\d+)", line), line, literals) for line, literals in found]
    return {int(uid[1]): (line, literals) for uid, line, literals in with_uid if uid}


def flags(mail, uid):
    """In lower case, since case says nothing in them (RFC 9051 section 2.3.2), and without the one of rev1."""
    line, _ = fetched(mail, str(uid), "(FLAGS)")[uid]
    return {flag.lower() for flag in imaplib.ParseFlags(line)} - {rb"\recent"}


def searched(mail, *keys):
    return [int(number) for number in done(mail.uid("SEARCH", *keys))[0].split()]


def append_all(mail, mailbox, messages):
    uids = {}
    for name, message in messages.items():
        line = done(mail.append(mailbox, r"(\Seen $Label1)", DATE, message))[0]
        uids[int(re.search(rb"APPENDUID \d+ (\d+)", line)[1])] = name
    return uids


def read_all(mail, uids, messages):
    listed = fetched(mail, "1:*", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)")
    same(sorted(listed), sorted(uids), "UIDs listed")
    for uid, (line, _) in listed.items():
        message = messages[uids[uid]]
        same(int(re.search(rb"RFC822.SIZE (\d+)", line)[1]), len(message), "size")
        when = re.search(rb'INTERNALDATE "([^"]+)"', line)[1]
        same(imaplib.Internaldate2tuple(b'INTERNALDATE "%s"' % when)[:5], local(1721209465), "INTERNALDATE")
    for uid, (_, literals) in fetched(mail, "1:*", "(BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT])").items():
        message = messages[uids[uid]]
        # an empty TEXT may come as "" instead of a literal
        whole, header, *text = literals
        check(whole == message, f"{uids[uid]} is not as it was appended")
        same(header + b"".join(text), message, "HEADER and TEXT")
    uid = max(uids, key=lambda one: len(messages[uids[one]]))
    message = messages[uids[uid]]
    _, pieces = fetched(mail, str(uid), "(BODY.PEEK[]<1000.5000>)")[uid]
    same(pieces, [message[1000:6000]], "a part of a body")
    same(flags(mail, uid), {rb"\seen", b"$label1"}, "flags given at APPEND")


def local(seconds):
    import time

    return time.localtime(seconds)[:5]


def search_all(mail, uids, messages):
    for uid, name in uids.items():
        token = re.search(rb"Subject: \S+ (\S+)", messages[name])[1].decode()
        same(searched(mail, "SUBJECT", token), [uid], f"SUBJECT {token}")
        same(searched(mail, "TEXT", token), [uid], f"TEXT {token}")
        # inside the word, as RFC 9051 has it
        same(searched(mail, "SUBJECT", token[1:-1].upper()), [uid], f"SUBJECT inside {token}")
    everything = sorted(uids)
    sizes = {uid: len(messages[uids[uid]]) for uid in uids}
    middle = sorted(sizes.values())[len(sizes) // 2]
    same(searched(mail, "LARGER", str(middle)), [u for u in everything if sizes[u] > middle], "LARGER")
    same(searched(mail, "SMALLER", str(middle)), [u for u in everything if sizes[u] < middle], "SMALLER")
    same(searched(mail, "UNSEEN"), [], "UNSEEN")
    same(searched(mail, "KEYWORD", "$Label1", "FROM", "far.example"), everything, "KEYWORD and FROM")
    same(searched(mail, "ON", "17-Jul-2024"), everything, "ON")
    same(searched(mail, "BEFORE", "17-Jul-2024"), [], "BEFORE")
    same(searched(mail, "SENTSINCE", "1-Jun-2026"), everything, "SENTSINCE")
    first, last = everything[0], everything[-1]
    same(searched(mail, "OR", f"UID {first}", f"UID {last}"), [first, last], "OR")
    same(searched(mail, "NOT", f"UID {first}:{everything[-2]}"), [last], "NOT")
    same(searched(mail, "BODY", '"no such words anywhere"'), [], "BODY that is nowhere")


def sort_and_thread(mail, uids, messages):
    by_size = sorted(uids, key=lambda uid: (len(messages[uids[uid]]), uid))
    same([int(n) for n in done(mail.uid("SORT", "(SIZE)", "UTF-8", "ALL"))[0].split()], by_size, "SORT SIZE")
    for algorithm in ("REFERENCES", "ORDEREDSUBJECT"):
        threads = done(mail.uid("THREAD", algorithm, "UTF-8", "ALL"))[0]
        same(sorted(int(n) for n in re.findall(rb"\d+", threads)), sorted(uids), f"THREAD {algorithm}")


def change(mail, other, uids):
    first, second, third, *_ = sorted(uids)
    done(mail.uid("STORE", str(first), "+FLAGS", r"(\Flagged \Answered)"))
    same(flags(mail, first), {rb"\seen", rb"\flagged", rb"\answered", b"$label1"}, "flags after +FLAGS")
    done(mail.uid("STORE", str(first), "-FLAGS.SILENT", r"(\Answered $Label1)"))
    done(mail.uid("STORE", str(second), "FLAGS", r"(\Draft)"))
    done(other.noop())
    same(flags(other, first), {rb"\seen", rb"\flagged"}, "flags in the other session")
    same(flags(other, second), {rb"\draft"}, "flags in the other session")
    same(searched(other, "FLAGGED"), [first], "FLAGGED")

    done(mail.create('"Far Away"'))
    line = done(mail.uid("COPY", f"{first},{third}", '"Far Away"'))[0] or b""
    copied = mail.response("COPYUID")[1][0] or line
    check(len(re.findall(rb"\d+", copied)) >= 3, f"COPYUID says {copied!r}")
    done(mail.uid("MOVE", str(second), '"Far Away"'))
    same(searched(mail, "ALL"), sorted(set(uids) - {second}), "UIDs after MOVE")
    done(mail.uid("STORE", f"{first},{third}", "+FLAGS", r"(\Deleted)"))
    done(mail.uid("EXPUNGE", str(third)))
    same(searched(mail, "ALL"), sorted(set(uids) - {second, third}), "UIDs after UID EXPUNGE")
    status = done(mail.status('"Far Away"', "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN)"))[0]
    same(int(re.search(rb"MESSAGES (\d+)", status)[1]), 3, "messages in the other mailbox")
    same(int(re.search(rb"UNSEEN (\d+)", status)[1]), 1, "unseen in the other mailbox")
    done(other.noop())
    same(len(searched(other, "ALL")), len(uids) - 2, "the other session hears of it")
    done(mail.expunge())
    same(searched(mail, "ALL"), sorted(set(uids) - {first, second, third}), "UIDs after EXPUNGE")
    done(mail.select('"Far Away"', readonly=True))
    before = searched(mail, "UNSEEN")
    # some servers say NO, some ignore it
    mail.uid("STORE", "1:*", "+FLAGS", r"(\Seen)")
    same(searched(mail, "UNSEEN"), before, "unseen in a mailbox that was only examined")
    done(mail.unselect())


def names(mail, listing):
    return {re.search(rb' "?/"? "?([^"]+?)"?$', line)[1] for line in done(listing) if line}


def mailboxes(mail):
    done(mail.select("INBOX"))
    done(mail.create("Work/&ANw-ber"))
    done(mail.subscribe("Work/&ANw-ber"))
    check(b"Work/&ANw-ber" in names(mail, mail.list()), "a new mailbox is listed")
    check(b"Work/&ANw-ber" in names(mail, mail.lsub()), "a subscription is listed")
    done(mail.unsubscribe("Work/&ANw-ber"))
    check(b"Work/&ANw-ber" not in names(mail, mail.lsub()), "a subscription is taken back")
    done(mail.rename("Work", "Play"))
    check(b"Play/&ANw-ber" in names(mail, mail.list('""', '"Play/*"')), "what is below is renamed too")
    done(mail.delete("Play/&ANw-ber"))
    same(mail.delete("Play/&ANw-ber")[0], "NO", "DELETE of what is gone")
    same(mail.select("nowhere")[0], "NO", "SELECT of what never was")
    same(mail.create("INBOX")[0], "NO", "CREATE of the inbox")
    done(mail.namespace())


def main():
    messages = {}
    for name in sorted(os.listdir(FOLDER)):
        with open(os.path.join(FOLDER, name), "rb") as file:
            messages[name] = file.read()
    check(len(messages) > 5, "there are messages to send")
    mail, other = connect(), connect()
    mailboxes(mail)
    done(mail.create("Day"))
    uids = append_all(mail, "Day", messages)
    same(int(done(mail.select("Day"))[0]), len(messages), "EXISTS")
    done(other.select("Day"))
    read_all(mail, uids, messages)
    search_all(mail, uids, messages)
    sort_and_thread(mail, uids, messages)
    change(mail, other, uids)
    for one in (mail, other):
        same(one.logout()[0], "BYE", "LOGOUT")


main()
