#!/bin/sh
# Hand what comes back for bounces+TOKEN@DOMAIN to mpftp, by a pipe of this machine's postfix.
# Usage: sh postfix.sh DOMAIN   (the domain of `address` in [bounces], whose MX is this machine)
set -eu
domain=$1
postconf -M "mpftp/unix=mpftp unix - n n - 4 pipe flags=q user=mpftp argv=/opt/mpftp/bin/mpftp bounces - --recipient \${original_recipient} --config /etc/mpftp/mpftp.toml"
postconf -e "relay_domains = $domain" "transport_maps = inline:{ $domain=mpftp: }"
postfix check
postfix reload
