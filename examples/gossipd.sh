#!/usr/bin/env bash
# gossipd's day on one machine: alice, bob and carol add each other, exchange keys by hand, write to one, tell
# everybody, and look. Needs p2p-gossip on the path; ports: examples/gossipd.sh [FIRST PORT]
set -euo pipefail
first=${1:-5555}; folder=$(mktemp -d); export DEBUG=off P2P_GOSSIP_HOST=127.0.0.1; cd "$folder"
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
on () { local node=$((first + $1)); shift; p2p-gossip "$@" --node $node; }        # on NUMBER VERB …
for node in 0:alice 1:bob 2:carol; do
  number=${node%:*}; p2p-gossip --name "${node#*:}" --port $((first + number)) --data "${node#*:}" > /dev/null &
  for _ in {1..100}; do on "$number" status > /dev/null 2>&1 && break; sleep 0.1; done
done
meet () {                                                         # NUMBER NAME NUMBER NAME: each gives the other a key
  on "$1" contacts add --name "$4" --host 127.0.0.1 --port $((first + $3)) > "for-$4.pub"
  on "$3" contacts add --name "$2" --host 127.0.0.1 --port $((first + $1)) > "for-$2.pub"
  on "$1" contacts set-key --name "$4" --pubkey-file "for-$2.pub"
  on "$3" contacts set-key --name "$2" --pubkey-file "for-$4.pub"
}
meet 0 alice 1 bob; meet 0 alice 2 carol
on 0 wait --members 3 --timeout 20
on 0 send --to bob --wait all 'only for you'                      # gossipd has nothing of the kind
on 2 publish --source poophead --wait all 'wassuppppppp'          # gossipc -s -S poophead -m wassuppppppp
on 1 inbox
on 1 messages --format gossipd                                    # gossipc -g
