#!/bin/sh
# Hand what comes back for bounces+TOKEN@DOMAIN to mpftp, by a pipe of this machine's postfix.
# Usage: sh postfix.sh DOMAIN   (the domain of `address` in [bounces], whose MX is this machine)
set -eu
domain=$1
case ",$(postconf -hx mydestination | tr -d ' ')," in
    *",$domain,"*)
        echo "$domain is in mydestination, where people have mailboxes: reports want a domain of their own" >&2
        exit 1
        ;;
esac
for setting in relay_domains transport_maps; do
    case $(postconf -hx "$setting") in
        "" | "$domain" | "inline:{ $domain=mpftp: }") ;;
        "$(postconf -dhx "$setting")") ;;
        *)
            echo "$setting is used already: add $domain to it by hand, as this script does" >&2
            exit 1
            ;;
    esac
done
postconf -M "mpftp/unix=mpftp unix - n n - 4 pipe flags=q user=mpftp argv=/opt/mpftp/bin/mpftp bounces - --recipient \${original_recipient} --config /etc/mpftp/mpftp.toml"
postconf -e "relay_domains = $domain" "transport_maps = inline:{ $domain=mpftp: }" "mpftp_destination_recipient_limit = 1"
postfix check
postfix reload
