"""What is said of a domain that takes no mail points at the place where it is written."""

from mpftp.domain.triplets.domains import DomainCount, make_domain_finding


def test_a_domain_that_the_line_spells_otherwise_is_shown_from_its_start():
    domain = DomainCount("xn--ao-siap.com.br", 3, "b@xn--ao-siap.com.br")
    finding = make_domain_finding(domain, "none", "b@ação.com.br;x", "P_MAIL_20260301")
    assert (finding.line, finding.column) == (3, 1)
