"""Drives a gateway with Twilio's official Python client. Reads what to call as one JSON object on stdin, writes what it
saw as one JSON object on stdout; the test beside it decides whether that is right."""

import json
import sys
from datetime import timedelta

from twilio.base.exceptions import TwilioRestException
from twilio.http.validation_client import ValidationClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

given = json.load(sys.stdin)
seen = {}


def client_for(token):
    client = Client(given["accountSid"], token)
    client.api.base_url = client.messaging.base_url = given["baseUrl"]
    return client


def error_of(call):
    try:
        call()
    except TwilioRestException as error:
        return {"status": error.status, "code": error.code, "msg": error.msg}
    return None


client = client_for(given["authToken"])
to, sender = given["to"], given["from"]

created = client.messages.create(to=to, from_=sender, body="Grüße & 100% +1")
seen["created"] = {"sid": created.sid, "status": created.status, "body": created.body, "from": created.from_}
seen["fetched"] = {"body": client.messages(created.sid).fetch().body}

others = [client.messages.create(to=given["listTo"], from_=sender, body="x").sid for _ in range(5)]
listed = client.messages.list(to=given["listTo"], page_size=2)
seen["listed"] = [message.sid for message in listed] == list(reversed(others))
seen["limited"] = len(client.messages.list(to=given["listTo"], page_size=2, limit=3))
first = client.messages.page(to=given["listTo"], page_size=2)
first_sids = [message.sid for message in first]
second = first.next_page()
second_sids = [message.sid for message in second]
seen["pagedBack"] = [message.sid for message in second.previous_page()] == first_sids and first_sids != second_sids

delivered = client.messages(given["deliveredSid"]).fetch()
seen["delivered"] = {"status": delivered.status, "segments": delivered.num_segments}
day = delivered.date_sent.date()
by_day = client.messages.list(date_sent=day, to=delivered.to)
seen["foundByDay"] = delivered.sid in [message.sid for message in by_day]
later = client.messages.list(date_sent_after=day + timedelta(days=2), to=delivered.to)
seen["foundLater"] = delivered.sid in [message.sid for message in later]

scheduled = client.messages.create(
    to=to,
    messaging_service_sid=given["serviceSid"],
    body="later",
    schedule_type="fixed",
    send_at=given["sendAt"],
)
seen["scheduled"] = scheduled.status
seen["canceled"] = client.messages(scheduled.sid).update(status="canceled").status
seen["canceledAgain"] = error_of(lambda: client.messages(scheduled.sid).update(status="canceled"))

seen["media"] = [item.content_type for item in client.messages(given["mediaSid"]).media.list()]
feedback = client.messages(given["feedbackSid"]).feedback.create(outcome="confirmed")
seen["feedback"] = feedback.outcome

seen["redacted"] = client.messages(delivered.sid).update(body="").body
seen["deleted"] = client.messages(delivered.sid).delete()
seen["gone"] = error_of(lambda: client.messages(delivered.sid).fetch())

seen["badTo"] = error_of(lambda: client.messages.create(to="abc", from_=sender, body="x"))
seen["badToken"] = error_of(lambda: client_for("0" * 32).messages(created.sid).fetch())
seen["account"] = client.api.accounts(given["accountSid"]).fetch().status
seen["balance"] = client.balance.fetch().currency

shop = client.api.accounts.create(friendly_name="Shop")
shop_client = Client(shop.sid, shop.auth_token)
shop_client.api.base_url = given["baseUrl"]
seen["subaccount"] = {
    "owner": shop.owner_account_sid == given["accountSid"],
    "listed": [item.sid for item in client.api.accounts.list(friendly_name="Shop", page_size=1)] == [shop.sid],
    "own": [item.sid for item in shop_client.api.accounts.list()] == [shop.sid],
    "suspended": client.api.accounts(shop.sid).update(status="suspended").status,
    "refused": error_of(lambda: shop_client.messages.create(to=to, from_=sender, body="x")),
    "closed": client.api.accounts(shop.sid).update(status="closed").status,
    "reopened": error_of(lambda: client.api.accounts(shop.sid).update(status="active")),
}

key = client.new_keys.create(friendly_name="ci")
signing_key = client.new_signing_keys.create()
with_key = Client(key.sid, key.secret, given["accountSid"])
with_key.api.base_url = given["baseUrl"]
seen["keys"] = {
    "works": len(with_key.messages.list(limit=1)),
    "refused": error_of(lambda: with_key.new_keys.create()),
    "listed": [item.sid for item in client.keys.list(limit=2, page_size=1)] == [signing_key.sid, key.sid],
    "renamed": client.signing_keys(signing_key.sid).update(friendly_name="cd").friendly_name,
    "fetched": client.keys(signing_key.sid).fetch().friendly_name,
    "deleted": client.keys(key.sid).delete() and client.signing_keys(signing_key.sid).delete(),
    "gone": error_of(lambda: with_key.messages.create(to=to, from_=sender, body="x")),
}

services = client.messaging.v1.services
service = services.create(friendly_name="Python", validity_period=600, sticky_sender=False)
for name in ("b", "c"):
    services.create(friendly_name=name)
pool = services(service.sid)
names = [pool.alpha_senders.create(alpha_sender=name).sid for name in ("Acme", "Acme2", "Acme3")]
first_page = services.page(page_size=2)
seen["service"] = {
    "fetched": services(service.sid).fetch().validity_period,
    "updated": services(service.sid).update(smart_encoding=False).smart_encoding,
    "listed": [each.sid for each in services.list(page_size=2)] == [each.sid for each in services.list()],
    "pagedBack": [each.sid for each in first_page.next_page().previous_page()] == [each.sid for each in first_page],
    "names": [each.sid for each in pool.alpha_senders.list(page_size=2)] == list(reversed(names)),
    "nameRemoved": pool.alpha_senders(names[0]).delete(),
    "numberAgain": error_of(
        lambda: services(given["serviceSid"]).phone_numbers.create(phone_number_sid=given["pooledSid"])
    ),
    "numberRemoved": services(given["serviceSid"]).phone_numbers(given["pooledSid"]).delete(),
    "removed": services(service.sid).delete(),
    "gone": error_of(lambda: services(service.sid).fetch()),
}

callback = given["callback"]
seen["signature"] = RequestValidator(given["authToken"]).validate(
    callback["url"], callback["params"], callback["signature"]
)
seen["forged"] = RequestValidator("0" * 32).validate(callback["url"], callback["params"], callback["signature"])

application = client.applications.create(friendly_name="Flow", sms_url="https://example.com/sms")
number = client.incoming_phone_numbers.create(area_code="415", sms_application_sid=application.sid)
changed = client.incoming_phone_numbers(number.sid).update(friendly_name="Front desk", sms_method="GET")
seen["numbers"] = {
    "application": number.sms_application_sid == application.sid,
    "capabilities": number.capabilities,
    "changed": [changed.friendly_name, changed.sms_method],
    "found": [item.sid for item in client.incoming_phone_numbers.list(phone_number="+1415*")] == [number.sid],
    "paged": len(client.incoming_phone_numbers.list(page_size=1)),
    "tollFree": len(client.incoming_phone_numbers.toll_free.list()),
    "shortCodes": len(client.short_codes.list()),
    "available": len(client.available_phone_numbers("US").local.list(area_code=415)),
    "unavailable": error_of(lambda: client.incoming_phone_numbers.create(phone_number="+15005550000")),
    "deleted": client.incoming_phone_numbers(number.sid).delete(),
    "gone": error_of(lambda: client.incoming_phone_numbers(number.sid).fetch()),
}
seen["applications"] = {
    "listed": [item.sid for item in client.applications.list(friendly_name="Flow")] == [application.sid],
    "changed": client.applications(application.sid).update(message_status_callback="https://example.com/status").message_status_callback,
    "fetched": client.applications(application.sid).fetch().sms_url,
    "deleted": client.applications(application.sid).delete(),
}

rotating = given["rotating"]


def rotating_client(token):
    rotated = Client(rotating["accountSid"], token)
    rotated.api.base_url = rotated.accounts.base_url = given["baseUrl"]
    return rotated


keys = rotating_client(rotating["authToken"]).accounts.v1.credentials
aws = keys.aws.create(credentials="AKIA:sec/+ret=", friendly_name="Köln")
public_key = keys.public_key.create(public_key=rotating["publicKey"])
seen["credentials"] = {
    "name": keys.aws(aws.sid).update(friendly_name="Other").friendly_name,
    "listed": [item.sid for item in keys.aws.list(page_size=1)] == [aws.sid],
    "deleted": keys.aws(aws.sid).delete(),
    "gone": error_of(lambda: keys.aws(aws.sid).fetch()),
    "publicKeyUnnamed": keys.public_key(public_key.sid).fetch().friendly_name is None,
}

key_sid, key_secret = rotating["apiKey"]["sid"], rotating["apiKey"]["secret"]


def signing_client(private_key):
    signer = ValidationClient(rotating["accountSid"], key_sid, public_key.sid, private_key)
    signed = Client(key_sid, key_secret, rotating["accountSid"], http_client=signer)
    signed.api.base_url = signed.accounts.base_url = given["baseUrl"]
    return signed


signed = signing_client(rotating["privateKey"])
signed_sids = [signed.messages.create(to=to, from_=sender, body="Grüße & 100% +1").sid for _ in range(3)]
seen["signedCreated"] = [message.sid for message in signed.messages.list(to=to, page_size=1)] == signed_sids[::-1]
seen["signedRead"] = signed.messages(signed_sids[0]).fetch().body
seen["signedByOther"] = error_of(lambda: signing_client(rotating["otherKey"]).messages(signed_sids[0]).fetch())

tokens = rotating_client(rotating["authToken"]).accounts.v1
secondary = tokens.secondary_auth_token().create()
seen["secondSecondary"] = error_of(lambda: tokens.secondary_auth_token().create())
seen["secondaryDeleted"] = tokens.secondary_auth_token().delete()
secondary = tokens.secondary_auth_token().create()
promoted = tokens.auth_token_promotion().update()
seen["promoted"] = promoted.auth_token == secondary.secondary_auth_token
seen["oldToken"] = error_of(lambda: rotating_client(rotating["authToken"]).messages(signed_sids[0]).fetch())
seen["newToken"] = len(rotating_client(promoted.auth_token).messages.list(limit=1))

json.dump(seen, sys.stdout)
