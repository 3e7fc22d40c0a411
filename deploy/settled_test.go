package deploy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// accounts is the console's balance.
type accounts struct {
	Exact, Settled bool
	All            struct {
		Pages struct{ Received, Committed, Dead int }
		Live  int
	}
}

// settled waits until so many pages are accounted for, all of them good, and every
// article of theirs is found.
func (d *deployment) settled(pages int) {
	d.t.Helper()
	var status struct{ Accounting accounts }
	d.eventually(fmt.Sprintf("%d pages are settled", pages), func() bool {
		answer, body := d.get("console", "/v1/status")
		a := &status.Accounting
		return answer == http.StatusOK && json.Unmarshal([]byte(body), &status) == nil && a.Exact && a.Settled && a.All.Pages.Received == pages
	})
	if p := status.Accounting.All.Pages; p.Committed != pages || p.Dead != 0 {
		d.t.Errorf("of %d pages: %+v", pages, p)
	}
	d.eventually("every article is found", func() bool {
		_, body := d.get("index", "/v1/articles?limit=1")
		return strings.Contains(body, fmt.Sprintf(`"total":%d`, status.Accounting.All.Live))
	})
}

// says waits until a service is not ready and says all of that.
func (d *deployment) says(service string, parts ...string) {
	d.t.Helper()
	last := ""
	d.eventually(fmt.Sprintf("%s says %q", service, parts), func() bool {
		status, body := d.get(service, "/readyz")
		last = body
		return status == http.StatusServiceUnavailable && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(body, p) })
	})
	d.t.Log(last)
}
