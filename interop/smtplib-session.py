"""A script that sends, as Python's smtplib plays it. Arguments: host, port, tls | starttls, user, the server's
certificate, recipient. The password comes by standard input. Sends one message by each way to sign in that smtplib has,
with the subject "by smtplib MODE MECHANISM", and one that is to be sent two seconds later, "by smtplib MODE LATER". Ends with 0 when the server did as RFC 4954, RFC 6409 and RFC 4865 say; otherwise with
a traceback that says where it did not."""

import smtplib
from datetime import datetime, timezone

from session import HOST, MODE, MORE as TO, PASSWORD, PORT, USER, check, tls_context


def connect():
    context = tls_context()
    if MODE == "tls":
        smtp = smtplib.SMTP_SSL(HOST, PORT, context=context)
        smtp.ehlo()
    else:
        smtp = smtplib.SMTP(HOST, PORT)
        smtp.ehlo()
        check(smtp.has_extn("starttls"), "STARTTLS is offered")
        check(not smtp.has_extn("auth"), "no password is asked for in the clear")
        smtp.starttls(context=context)
        smtp.ehlo()
    check(not smtp.has_extn("starttls"), "STARTTLS is not offered inside TLS")
    return smtp


def letter(mechanism):
    return (
        f"From: {USER}\r\nTo: {TO}\r\nSubject: by smtplib {MODE} {mechanism}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        "\r\n.a dot\r\n..\r\n.\r\nü and the end\r\n"
    ).encode("utf-8")


for mechanism in ["PLAIN", "LOGIN"]:
    smtp = connect()
    check(mechanism in smtp.esmtp_features["auth"].split(), f"{mechanism} is offered")
    check(smtp.mail(USER)[0] == 530, "mail is taken after sign-in alone")
    smtp.user, smtp.password = USER, PASSWORD
    by = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}[mechanism]
    # smtplib says the first word at once, or waits to be asked
    for at_once in [True, False]:
        if at_once:
            check(smtp.auth(mechanism, by)[0] == 235, f"{mechanism} signs in")
        else:
            smtp.quit()
            smtp = connect()
            smtp.user, smtp.password = USER, PASSWORD
            by = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}[mechanism]
            check(smtp.auth(mechanism, by, initial_response_ok=False)[0] == 235, f"{mechanism} signs in when asked")
    check(smtp.docmd("AUTH", "PLAIN AGEAYg==")[0] == 503, "one signs in once")
    refused = smtp.sendmail(USER, [TO, f"nobody-{TO}"], letter(mechanism), ["BODY=8BITMIME"])
    check(list(refused) == [f"nobody-{TO}"], "one recipient is refused, and the other has it")
    check(refused[f"nobody-{TO}"][0] == 550, "there is no such mailbox")
    check(smtp.mail(TO)[0] == 553, "nobody sends as somebody else")
    smtp.quit()

smtp = connect()
most, latest = smtp.esmtp_features["futurerelease"].split()
check(datetime.fromisoformat(latest) > datetime.now(timezone.utc), "the latest time is to come")
smtp.login(USER, PASSWORD)
for hold in [f"HOLDFOR={int(most) + 1}", "HOLDFOR=0", "HOLDUNTIL=2001-01-01T00:00:00Z"]:
    check(smtp.mail(USER, [hold])[0] == 501, f"{hold} is refused")
check(smtp.mail(USER, [f"HOLDUNTIL={latest}"])[0] == 250, "what is offered is taken")
smtp.rset()
check(smtp.sendmail(USER, [TO], letter("LATER"), ["BODY=8BITMIME", "HOLDFOR=2"]) == {}, "a time to send is taken")
smtp.quit()

smtp = connect()
try:
    smtp.login(USER, "wrong")
    check(False, "a wrong password is refused")
except smtplib.SMTPAuthenticationError as error:
    check(error.smtp_code == 535, "a wrong password is answered by 535")
smtp.quit()
