# SPDX-License-Identifier: GPL-2.0-only
# lib.sh: runs Debian's Prometheus and exporters of invented VMs in the Debian root, in a network
# namespace with only a loopback.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of those who source this

api=http://127.0.0.1:9090
children=()
work=
trap 'kill "${children[@]}" 2>/dev/null; wait; [ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# in_network: starts the script again in the Debian root and in that network, unless it is there already.
in_network()
{
	if [ -n "${IN_NETWORK-}" ]; then
		ip link set lo up
		work=$(mktemp -d)
		return
	fi
	exec "$(dirname "$0")/../lab/enter" -- unshare --net env IN_NETWORK=1 "${@:2}" "/src/tests/prometheus/$1"
}

# start_exporter ARGUMENT…: starts an exporter that listens at any address of this network, port 9904.
start_exporter()
{
	make -s -C /src/tests/prometheus || exit 2
	/src/build/tests/prometheus/exporter 0.0.0.0:9904 "$@" >"$work/exporter" &
	exporter=$!
	children+=($exporter)
	until [ -s "$work/exporter" ]; do
		kill -0 $exporter || exit 2
		sleep 0.1
	done
}

# targets N: prints the addresses of N hosts, which all are the one exporter, as a JSON list.
targets() { seq 1 "$1" | jq -c '"127.1.\(. / 250 | floor).\(. % 250 + 1):9904"' | jq -sc .; }

# start_prometheus: starts Prometheus with $work/prometheus.yml.
start_prometheus()
{
	prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.enable-admin-api \
		--web.listen-address=127.0.0.1:9090 "$@" >"$work/prometheus.log" 2>&1 &
	prometheus=$!
	children+=($prometheus)
	until curl -sf $api/-/ready >/dev/null; do
		kill -0 $prometheus 2>/dev/null || { tail -n 5 "$work/prometheus.log" >&2; exit 2; }
		sleep 0.2
	done
}

# promql QUERY FILTER: prints the answer, filtered by jq.
promql() { curl -s --data-urlencode "query=$1" $api/api/v1/query | jq -r "$2"; }

# value QUERY: prints the value of the only sample, 0 if there is none.
value() { promql "$1" '.data.result[0].value[1] // "0"'; }
