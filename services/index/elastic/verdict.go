package elastic

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"broadsheet/pkg/fault"
)

// refusal is an error that Elasticsearch gave, as the cause of ours.
type refusal struct {
	status       int
	kind, reason string
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.kind, r.reason) }

// refusalOf returns what Elasticsearch said.
func refusalOf(err error) (refusal, bool) {
	var r refusal
	ok := errors.As(err, &r)
	return r, ok
}

// The error types that decide by themselves, whatever the status.
var (
	// The index is not there: somebody took it away.
	goneTypes = []string{"index_not_found_exception", "index_closed_exception", "aliases_not_found_exception"}
	// Who we are, or what we may do, does not do.
	securityTypes = []string{"security_exception"}
	// Passing trouble of a node or a cluster. Some of it comes with status 500,
	// which is why the types are listed.
	busyTypes = []string{
		"es_rejected_execution_exception", "circuit_breaking_exception", "unavailable_shards_exception", "no_shard_available_action_exception",
		"process_cluster_event_timeout_exception", "timeout_exception", "receive_timeout_transport_exception", "node_closed_exception",
		"node_not_connected_exception", "node_disconnected_exception", "connect_transport_exception", "remote_transport_exception",
		"master_not_discovered_exception", "not_master_exception", "cluster_service_closed_exception", "primary_missing_action_exception",
		"shard_not_found_exception", "illegal_index_shard_state_exception", "index_shard_closed_exception", "retry_on_primary_exception",
		"retry_on_replica_exception", "engine_closed_exception", "already_closed_exception", "no_node_available_exception", "task_cancelled_exception",
		"flush_not_allowed_engine_exception", "translog_exception", "i_o_exception", "search_phase_execution_exception", "no_seed_node_left_exception",
	}
	// The document does not fit the mapping.
	documentTypes = []string{
		"strict_dynamic_mapping_exception", "mapper_parsing_exception", "document_parsing_exception", "parsing_exception", "parse_exception",
		"x_content_parse_exception", "json_parse_exception", "illegal_argument_exception", "action_request_validation_exception", "invalid_type_name_exception",
	}
	busyStatuses = []int{
		http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}
)

// classify is the closed table of what Elasticsearch answers: status and error
// type of an item or of a whole request, and the kind that decides its fate.
// Waiting is the answer wherever the document is not to blame; only what names
// the document is a dead letter. What no row knows is tried a few times and then
// set aside, so that it can block no other.
func classify(status int, kind, reason string) error {
	why := refusal{status, kind, reason}
	switch {
	case slices.Contains(goneTypes, kind), kind == "illegal_argument_exception" && strings.Contains(reason, "require_alias"):
		return fault.Wrap(fault.Unavailable, why, "the index is not there").
			Fix("broadsheet provision makes a new one, which is filled from the streams; restore it from a snapshot if that is faster")
	case kind == "cluster_block_exception" && strings.Contains(reason, "read-only"):
		return fault.Wrap(fault.Full, why, "Elasticsearch has made the index read-only, which it does when its disk is full").
			Fix("make room on its disk; if it was not Elasticsearch, remove the block index.blocks from the index's settings")
	case kind == "cluster_block_exception":
		return fault.Wrap(fault.Unavailable, why, "Elasticsearch has blocked the index or is still starting").Fix("if it lasts, look at index.blocks in the index's settings")
	case slices.Contains(securityTypes, kind), status == http.StatusUnauthorized, status == http.StatusForbidden:
		return denied(why)
	case slices.Contains(busyTypes, kind), slices.Contains(busyStatuses, status):
		return fault.Wrap(fault.Unavailable, why, "Elasticsearch is busy or a part of it is away").Fix("work goes on by itself; if this lasts, look at the cluster's health")
	case status == http.StatusRequestEntityTooLarge:
		return fault.Wrap(fault.TooLarge, why, "the document is larger than Elasticsearch takes").Fix("raise http.max_content_length, or the limit of the proxy in between, then retry")
	case status == http.StatusBadRequest && slices.Contains(documentTypes, kind):
		return fault.Wrap(fault.Corrupt, why, "the index refuses the article: %s", shorten(reason)).
			Fix("if it refuses others too, its mapping is not ours: see broadsheet provision; then retry")
	case kind == "": // not an answer of Elasticsearch
		return fault.Wrap(fault.Unavailable, why, "an answer that is not Elasticsearch's").Fix("correct elasticsearch-url, or look for a proxy in between")
	}
	return fault.Wrap(fault.Internal, why, "Elasticsearch refuses with %s", kind).Fix("look into its log")
}

// denied says that we are nobody to Elasticsearch, or may not do it. That is the
// deployment's mistake and no document's: it waits until it is mended.
func denied(why refusal) error {
	if why.status == http.StatusUnauthorized {
		return fault.Wrap(fault.Unavailable, why, "Elasticsearch does not know us").
			Fix("correct elasticsearch-username and elasticsearch-password, or elasticsearch-api-key")
	}
	return fault.Wrap(fault.Unavailable, why, "Elasticsearch does not let us do it").
		Fix("give our user the role that broadsheet provision --print-role index prints")
}

// shorten keeps a reason readable: Elasticsearch quotes whole values.
func shorten(reason string) string {
	const most = 300
	r := []rune(reason)
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return reason
}
