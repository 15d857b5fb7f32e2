"""Rendering and DKIM signing, each against its yardstick measured in the same run.

    python tests/bench/bench_render.py [messages]

Messages of about 12 KB, every one distinct: 5 merge fields, 10 followed links, a pixel. Yardsticks: a
bare join of the same number of ready segments; the tokens alone; the raw signing rate of
``cryptography`` over all cores, by threads that do nothing else.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from mpftp.domain.campaign import CampaignSettings
from mpftp.domain.messages.compiler import MessageContext, compile_message
from mpftp.domain.messages.dkim import DkimKey
from mpftp.domain.messages.links import find_links
from mpftp.domain.messages.template import Template
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.tokens import Signer, TokenKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = ("email", "uidcli", "nome", "cidade", "estado", "livre1")
SIGNER = Signer([(1, b"k" * 32)])
CORES = os.cpu_count() or 1


def page() -> str:
    """About 12 KB encoded, as newsletters are: tables, styles, pictures, ten links, five fields."""
    cell = '<td style="padding:12px;font-family:Arial,sans-serif;color:#333333">'
    filling = "<p style='margin:0'>Só hoje, com frete.</p>" * 14
    rows = "".join(
        f'<tr>{cell}<a href="https://loja.example/produto/{number}?cor=azul&amp;ref=news">'
        f'<img src="https://img.loja.example/{number}.jpg" width="280" alt="Produto {number}"></a></td>'
        f"{cell}<p>Camisa de algodão nº {number}, até 50% de desconto.</p>{filling}</td></tr>"
        for number in range(1, 11)
    )
    return (
        "<html><body><p>Olá, {{nome|cliente}}! Em {{cidade|sua cidade}}/{{estado}} temos novidades,"
        f" seu código é {{{{uidcli}}}} e seu cupom {{{{livre1}}}}.</p><table>{rows}</table>"
        '<a href="{{descadastro}}">Sair</a></body></html>'
    )


def template(*keys: DkimKey) -> Template:
    """The compiled message; the text part comes from CONF, so that the size is the page's."""
    html = page()
    mailing = MessageContext("https://track.loja.example", "bounces@loja.example", SIGNER.sign,
                      tuple(find_links(html, DEFAULT_PROFILE)), campaign="12", client="acme", dkim=keys,
                      make_token_writer=SIGNER.make_token_writer)  # fmt: skip
    conf = CampaignSettings(
        "Ofertas para {{nome|você}}", "sac@loja.example", "P", text="Olá, {{nome}}: {{ver_online}}"
    )
    return compile_message(conf, html, COLUMNS, mailing)


def contact(number: int) -> list[str]:
    """The values of one contact; none has accents in ten, as in the field nine of ten do not."""
    name = "José" if number % 10 == 0 else "Maria"
    return [f"c{number}@x.example", str(number), f"{name} {number}", "Campinas", "SP", f"CUPOM{number}"]


def rate(work: Callable[[int], object], count: int) -> float:
    """Calls of *work* a second."""
    started = time.perf_counter()
    for number in range(1, count + 1):
        work(number)
    return count / (time.perf_counter() - started)


def render_rate(message: Template, count: int) -> float:
    """Whole messages a second on one core."""
    return rate(lambda n: message.render(n, f"c{n}@x.example", contact(n), NOW), count)


def spread(function: Callable[..., float], *arguments: object) -> float:
    """The sum of what *function* reaches in as many processes as there are cores."""
    with ProcessPoolExecutor(CORES) as pool:
        return sum(pool.map(function, *([argument] * CORES for argument in arguments)))


def raw_signing(sign: Callable[[bytes], bytes], count: int) -> float:
    """Signatures a second over all cores."""
    started = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(lambda _: [sign(b"x" * 32) for _ in range(count)], range(CORES)))
    return CORES * count / (time.perf_counter() - started)


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """The key as a file holds it."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def main(count: int) -> None:
    """Measure and print."""
    plain = template()
    data = plain.render(1, "c1@x.example", contact(1), NOW).data
    pieces = [data[place : place + len(data) // 35] for place in range(0, len(data), len(data) // 35)]
    join = rate(lambda n: b"".join([*pieces[1:], b"%d" % n]), count)
    tokens = rate(SIGNER.make_token_writer([(TokenKind.CLICK, link) for link in range(1, 14)]), count)
    rendering = render_rate(plain, count)
    print(f"message of {len(data):,} bytes, {len(pieces)} segments; {CORES} cores")
    print(f"bare join           {join:10,.0f}/s   1 core")
    print(f"13 tokens alone     {tokens:10,.0f}/s   1 core")
    print(f"render              {rendering:10,.0f}/s   1 core    {rendering / join:.2f} of the join")
    print(f"render              {spread(render_rate, plain, count):10,.0f}/s   all cores")
    key = rsa.generate_private_key(65537, 2048)
    raw = raw_signing(lambda content: key.sign(content, padding.PKCS1v15(), hashes.SHA256()), count // 20)
    with_rsa = spread(render_rate, template(DkimKey("loja.example", "s", pem(key))), count // 10)
    print(f"RSA-2048 raw        {raw:10,.0f}/s   all cores")
    print(f"render + RSA-2048   {with_rsa:10,.0f}/s   all cores {with_rsa / raw:.2f} of raw signing")
    edwards = ed25519.Ed25519PrivateKey.generate()
    raw = raw_signing(edwards.sign, count // 2)
    with_ed = spread(render_rate, template(DkimKey("loja.example", "s", pem(edwards))), count // 4)
    print(f"Ed25519 raw         {raw:10,.0f}/s   all cores")
    print(f"render + Ed25519    {with_ed:10,.0f}/s   all cores {with_ed / raw:.2f} of raw signing")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
