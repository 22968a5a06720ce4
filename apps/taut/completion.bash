# SPDX-License-Identifier: MIT
# Completion of taut for bash. Written by tools/document_options.py from taut --help. Source it, or
# put it to /usr/share/bash-completion/completions/taut.
taut_offer() {
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$word")
}

_taut() {
    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 && $word != -* ]]; then
        taut_offer -W "connect probe serve"
        return
    fi
    case $verb in connect | probe | serve) ;; *) verb=connect ;; esac
    case "$verb ${COMP_WORDS[COMP_CWORD - 1]}" in
        "connect -f" | "connect --file") taut_offer -f ;;
        "connect --on-eof") taut_offer -W "quiet close wait half" ;;
        "connect --cacert") taut_offer -f ;;
        "connect --cert") taut_offer -f ;;
        "connect --key") taut_offer -f ;;
        "connect --key-log") taut_offer -f ;;
        "connect --http") taut_offer -W "1.1 2 auto" ;;
        "connect --proxy-cacert") taut_offer -f ;;
        "connect --compress") taut_offer -W "off on no-takeover" ;;
        "connect --engine") taut_offer -W "native wslay" ;;
        "probe --cacert") taut_offer -f ;;
        "probe --cert") taut_offer -f ;;
        "probe --key") taut_offer -f ;;
        "probe --key-log") taut_offer -f ;;
        "probe --http") taut_offer -W "1.1 2 auto" ;;
        "probe --proxy-cacert") taut_offer -f ;;
        "probe --compress") taut_offer -W "off on no-takeover" ;;
        "probe --engine") taut_offer -W "native wslay" ;;
        "probe --svg") taut_offer -f ;;
        "serve --unix") taut_offer -f ;;
        "serve --http") taut_offer -W "1.1 auto" ;;
        "serve --slow-peers") taut_offer -W "close drop" ;;
        "serve --tls-cert") taut_offer -f ;;
        "serve --tls-key") taut_offer -f ;;
        "serve --client-ca") taut_offer -f ;;
        "serve --key-log") taut_offer -f ;;
        "serve --compress") taut_offer -W "off on no-takeover" ;;
        "serve --engine") taut_offer -W "native wslay" ;;
    esac
    # What is no value of an option may be one itself; URLs cannot be guessed.
    [[ ${#COMPREPLY[@]} -gt 0 || $word != -* ]] && return
    [[ $COMP_CWORD -eq 1 ]] && taut_offer -W "--version"
    case $verb in
        connect) taut_offer -W "-h --help -m --message -f --file -b --binary --echo -n --count --on-eof --timeout --close-code --close-reason -H --header -s --subprotocol -o --origin --auth --bearer-env --handshake-timeout --cacert --cert --key --sni --pin --key-log -k --insecure --http -4 --ipv4 -6 --ipv6 -x --proxy --noproxy --proxy-cacert -L --location --dns-servers --max-message --message-timeout --compress --no-context-takeover --window-bits --ping-interval --pong-timeout --no-ping --engine --json -v --verbose --ping --no-history" ;;
        probe) taut_offer -W "-h --help -H --header -s --subprotocol -o --origin --auth --bearer-env --handshake-timeout --cacert --cert --key --sni --pin --key-log -k --insecure --http -4 --ipv4 -6 --ipv6 -x --proxy --noproxy --proxy-cacert -L --location --dns-servers --max-message --message-timeout --compress --no-context-takeover --window-bits --ping-interval --pong-timeout --no-ping --engine --json --svg" ;;
        serve) taut_offer -W "-h --help -p --port --host --unix --threads --max-connections --http --no-http2-websockets --echo --chat --slow-peers --subprotocol --access-log --any-origin --allow-origin --allow-host --auth --tls-cert --tls-key --tls-self-signed --client-ca --key-log --max-message --message-timeout --compress --no-context-takeover --window-bits --ping-interval --pong-timeout --no-ping --engine" ;;
    esac
}

complete -F _taut taut
