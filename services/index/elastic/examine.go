package elastic

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/fault"
)

const provisionIt = "run broadsheet provision with the elasticsearch settings (--dry-run shows first what it would do)"

// Examine looks at everything a deployment needs of Elasticsearch. building names
// the generations that are being built, if any. It changes nothing.
func (s *Store) Examine(ctx context.Context, building []string) []bus.Finding {
	x := &examination{Store: s, building: building}
	done, err := s.use()
	if err != nil {
		return append(x.findings, x.failed("elasticsearch", err))
	}
	defer done()
	if !x.version(ctx) {
		return x.findings
	}
	for _, step := range []func(context.Context){x.health, x.disk, x.templates, x.indices} {
		step(ctx)
	}
	return x.findings
}

type examination struct {
	*Store
	building []string
	findings []bus.Finding
}

func (x *examination) add(about string, level bus.Level, do, format string, args ...any) {
	x.findings = append(x.findings, bus.Finding{About: about, Level: level, Says: fmt.Sprintf(format, args...), Do: do})
}

// failed is a finding of something that could not be looked at. What our user may
// not look at is no fault of the deployment.
func (x *examination) failed(about string, err error) bus.Finding {
	p := fault.ProblemOf(err)
	if why, ok := refusalOf(err); ok && why.status == http.StatusForbidden {
		return bus.Finding{About: about, Level: bus.Odd, Says: "this user may not look at it", Do: "examine as a user with the role that broadsheet provision --print-role=manager prints"}
	}
	return bus.Finding{About: about, Level: bus.Bad, Says: p.Detail, Do: p.Remedy}
}

// ask makes one request, and adds a finding when it fails.
func (x *examination) ask(ctx context.Context, about, method, path string, body []byte, out any) bool {
	_, err := x.client.call(ctx, method, path, body, out)
	if err != nil {
		x.findings = append(x.findings, x.failed(about, err))
	}
	return err == nil
}

// The versions that are known to work.
const (
	leastMajor = 8
	mostMajor  = 8
)

func (x *examination) version(ctx context.Context) bool {
	const about = "elasticsearch"
	var out struct {
		Name  string `json:"cluster_name"`
		Nodes map[string]struct {
			Version string `json:"version"`
		} `json:"nodes"`
	}
	if !x.ask(ctx, about, http.MethodGet, "/_nodes/_local?filter_path=cluster_name,nodes.*.version", nil, &out) {
		return false
	}
	version := ""
	for _, n := range out.Nodes {
		version = n.Version
	}
	head, _, _ := strings.Cut(version, ".")
	switch major, err := strconv.Atoi(head); {
	case err != nil || major < leastMajor:
		x.add(about, bus.Bad, fmt.Sprintf("install Elasticsearch %d", leastMajor), "version %s of cluster %s is too old", version, out.Name)
	case major > mostMajor:
		x.add(about, bus.Odd, "watch the index service after an update of Elasticsearch", "version %s of cluster %s is newer than what Broadsheet was tried with", version, out.Name)
	default:
		x.add(about, bus.Good, "", "version %s, cluster %s", version, out.Name)
	}
	return true
}

func (x *examination) health(ctx context.Context) {
	const about = "elasticsearch health"
	var out struct {
		Status     string `json:"status"`
		Nodes      int    `json:"number_of_nodes"`
		Unassigned int    `json:"unassigned_shards"`
	}
	if !x.ask(ctx, about, http.MethodGet, "/_cluster/health?timeout=2s", nil, &out) {
		return
	}
	switch out.Status {
	case "green":
		x.add(about, bus.Good, "", "green, %d nodes", out.Nodes)
	case "yellow":
		x.add(about, bus.Odd, "bring the missing nodes back, or ask for fewer replicas: GET /_cluster/allocation/explain says why", "yellow: %d copies of shards have no place on %d nodes", out.Unassigned, out.Nodes)
	default:
		x.add(about, bus.Bad, "bring the missing nodes back: GET /_cluster/allocation/explain says which; indexing goes on by itself", "%s: %d shards are away", out.Status, out.Unassigned)
	}
}

// The filling of a disk at which Elasticsearch gives it no more shards, moves
// shards away, and makes indices read-only, unless its settings say otherwise.
const (
	lowWatermark  = 85
	highWatermark = 90
	floodStage    = 95
)

func (x *examination) disk(ctx context.Context) {
	const about = "elasticsearch disk"
	var out struct {
		Nodes map[string]struct {
			Name string `json:"name"`
			FS   struct {
				Total struct {
					Total     int64 `json:"total_in_bytes"`
					Available int64 `json:"available_in_bytes"`
				} `json:"total"`
			} `json:"fs"`
		} `json:"nodes"`
	}
	if !x.ask(ctx, about, http.MethodGet, "/_nodes/stats/fs", nil, &out) {
		return
	}
	for _, n := range out.Nodes {
		total := n.FS.Total
		if total.Total <= 0 {
			continue
		}
		used := 100 * (total.Total - total.Available) / total.Total
		text := fmt.Sprintf("%d %% of the disk of node %s is used, %.1f GiB are free", used, n.Name, float64(total.Available)/(1<<30))
		do := fmt.Sprintf("make room: at %d %% Elasticsearch makes the index read-only. A reindex needs room for a second index", floodStage)
		switch {
		case used >= highWatermark:
			x.add(about, bus.Bad, do, "%s", text)
		case used >= lowWatermark:
			x.add(about, bus.Odd, do, "%s", text)
		default:
			x.add(about, bus.Good, "", "%s", text)
		}
	}
}

func (x *examination) templates(ctx context.Context) {
	about := "template " + x.template()
	have, err := x.haveTemplate(ctx)
	if err != nil {
		x.findings = append(x.findings, x.failed(about, err))
		return
	}
	want, err := plain(x.indexTemplate())
	if err != nil {
		x.findings = append(x.findings, x.failed(about, err))
		return
	}
	switch drift := templateDrift(have, want); {
	case have == nil:
		x.add(about, bus.Bad, provisionIt, "is missing")
	case len(drift) > 0:
		x.add(about, bus.Odd, provisionIt+"; where the numbers are meant, give the same ones as --elasticsearch-shards, -replicas and -refresh",
			"was changed, or is of another version: %s", listed(drift))
	default:
		x.add(about, bus.Good, "", "is as it has to be")
	}
}

// indices looks at the generations and their aliases.
func (x *examination) indices(ctx context.Context) {
	about := "alias " + x.alias()
	generations, err := x.generations(ctx)
	if err != nil {
		x.findings = append(x.findings, x.failed(about, err))
		return
	}
	live := 0
	for _, g := range generations {
		if !g.Live {
			x.beside(g)
			continue
		}
		live++
		if !g.Filtered {
			x.add(about, bus.Bad, provisionIt, "has not its filter: searches find what is withdrawn")
		}
		if !g.Writable {
			x.add("index "+x.physical(g.ID), bus.Bad, provisionIt, "lacks the alias %s, without which nothing is written to it", x.writeAlias(g.ID))
		}
		x.live(ctx, g)
	}
	switch {
	case live == 0:
		x.add(about, bus.Bad, provisionIt+": what is new is filled from the streams", "stands for no index: nothing can be searched or written")
	case live > 1:
		x.add(about, bus.Bad, "take it off the one that is not meant: POST /_aliases", "stands for %d indices", live)
	default:
		x.add(about, bus.Good, "", "stands for one index")
	}
}

// beside is a generation that is not searched.
func (x *examination) beside(g generationInfo) {
	about := "index " + x.physical(g.ID)
	if slices.Contains(x.building, g.ID) {
		x.add(about, bus.Good, "", "is being built by a reindex")
		return
	}
	x.add(about, bus.Odd, "the next broadsheet reindex deletes it", "is left over: nothing reads or writes it")
}

func (x *examination) live(ctx context.Context, g generationInfo) {
	about := "index " + x.physical(g.ID)
	for _, look := range []func(context.Context, string) error{x.checkFormat, x.blocked} {
		if err := look(ctx, g.ID); err != nil {
			x.findings = append(x.findings, x.failed(about, err))
			return
		}
	}
	var count struct {
		Count int `json:"count"`
	}
	if x.ask(ctx, about, http.MethodGet, "/"+url.PathEscape(x.alias())+"/_count", nil, &count) {
		x.add(about, bus.Good, "", "%d articles can be found", count.Count)
	}
	x.analysis(ctx, g)
}

// analysis tries the index's own analysers on a text whose words are known.
func (x *examination) analysis(ctx context.Context, g generationInfo) {
	const about = "analysis"
	var out struct {
		Tokens []struct {
			Token string `json:"token"`
		} `json:"tokens"`
	}
	body, err := encode(object{"analyzer": pairs, "text": "柳湾大桥５Ｇ"})
	if err != nil || !x.ask(ctx, about, http.MethodPost, "/"+url.PathEscape(x.physical(g.ID))+"/_analyze", body, &out) {
		return
	}
	tokens := make([]string, len(out.Tokens))
	for i, t := range out.Tokens {
		tokens[i] = t.Token
	}
	if got := strings.Join(tokens, " "); got != "柳湾 湾大 大桥 5g" {
		x.add(about, bus.Bad, "use an Elasticsearch with the module analysis-common, or the analysis plugin that the tests build; then broadsheet reindex",
			"Chinese is not split in pairs: 柳湾大桥５Ｇ becomes %q", got)
		return
	}
	x.add(about, bus.Good, "", "Chinese is split in pairs")
}
