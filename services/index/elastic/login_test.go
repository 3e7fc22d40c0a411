package elastic_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/pkg/bus"
	"broadsheet/pkg/bus/bustest"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
	"broadsheet/services/index/elastic"
	"broadsheet/services/index/elastic/estest"
)

// An API key goes along with every request instead of a user; one that the node
// does not know is refused with what to do. The keys are a proxy's: the node of the
// tests may be too small a build to make any.
func TestAPIKey(t *testing.T) {
	const good = "Z29vZDprZXk="
	n := estest.Start(t)
	_, o := provisioned(t, n)
	target, err := url.Parse(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		if strings.EqualFold(r.In.Header.Get("Authorization"), "ApiKey "+good) {
			r.Out.SetBasicAuth(n.Username, n.Password)
		}
	}}
	node := httptest.NewServer(proxy)
	defer node.Close()
	o.URLs, o.Username, o.Password, o.APIKey = []string{node.URL}, "", "", good
	s := open(t, o)
	if v := s.Write(t.Context(), writes(t, 1)); v[0].Outcome != event.Applied {
		t.Fatalf("%+v", v)
	}
	if err := s.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	o.APIKey = "bm9ib2R5Om5vdGhpbmc="
	refusedWith(t, open(t, o), "elasticsearch-api-key")
}

// proxied is the node behind TLS with a certificate of that validity, and the
// authority's file.
func proxied(t *testing.T, n *estest.Node, from, to time.Time) (address, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "node"}, NotBefore: from, NotAfter: to,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	node := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
	node.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}
	node.StartTLS()
	t.Cleanup(node.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return node.URL, ca
}

// With a wrong password, a certificate that has expired or a role too small the
// service waits and says what to do; with the right ones everything is there, and
// nothing became a dead letter.
func TestNothingIsLostToALogin(t *testing.T) {
	n := estest.Start(t)
	for name, wrong := range map[string]struct {
		change func(o *elastic.Options)
		says   string
	}{
		"password": {func(o *elastic.Options) { o.Password = "wrong" }, "elasticsearch-password"},
		"certificate": {func(o *elastic.Options) {
			address, ca := proxied(t, n, time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour))
			o.URLs, o.CA = []string{address}, ca
		}, "renew it if it has expired"},
		"role": {func(o *elastic.Options) {
			o.Username = o.Prefix + "-reader"
			o.Password = n.User(t, o.Username, strings.Replace(elastic.Role(o.Prefix), `"index",`, "", 1))
		}, "--print-role"},
	} {
		t.Run(name, func(t *testing.T) {
			_, o := provisioned(t, n)
			with := o
			wrong.change(&with)
			b := bustest.Start(t).Bus(t, "index")
			service, stop := serve(t, b, open(t, with))
			publish(t, b, 1, articles(0, 3)...)
			eventually(t, "it waits", time.Minute, func() bool {
				return b.Paused()[event.IndexArticles.Durable] != "" || service.Ready(t.Context()) != nil
			})
			v := open(t, with).Write(t.Context(), writes(t, 1))
			if p := fault.ProblemOf(v[0].Err); p.Kind != fault.Unavailable || !strings.Contains(p.Remedy, wrong.says) {
				t.Errorf("%+v, %v", p, v)
			}
			stop()
			serve(t, b, open(t, o))
			eventually(t, "everything is there", time.Minute, func() bool { return settled(t, b) && count(t, n, o) == 3 })
			if dead := letters(t, b); len(dead) != 0 {
				t.Errorf("%+v", dead)
			}
		})
	}
}

// Whatever somebody made of the template by hand, an index that is built has the
// mapping it has to have.
func TestTemplateChangedByHand(t *testing.T) {
	n := estest.Start(t)
	store, o := provisioned(t, n)
	b := bustest.Start(t).Bus(t, "index")
	serve(t, b, store)
	publish(t, b, 1, articles(0, 3)...)
	n.Do(t, http.MethodPut, "/_index_template/"+o.Prefix, `{"index_patterns":["`+o.Prefix+`-g*"],"priority":500,"template":{"mappings":{"dynamic":true,"properties":{"later":{"type":"keyword"}}}}}`)
	finding(t, store.Examine(t.Context(), nil), bus.Odd, "was changed")
	run := command(t, b)
	eventually(t, "built anew", time.Minute, func() bool { return reindexed(t, b, store, run) && settled(t, b) })
	publish(t, b, 2, articles(3, 1)...)
	eventually(t, "indexed", time.Minute, func() bool { return settled(t, b) && count(t, n, o) == 4 })
	var mapping map[string]struct{ Mappings struct{ Dynamic string } }
	if err := json.Unmarshal(n.Do(t, http.MethodGet, "/"+o.Prefix+"/_mapping", ""), &mapping); err != nil {
		t.Fatal(err)
	}
	for index, m := range mapping {
		if m.Mappings.Dynamic != "strict" {
			t.Errorf("%s: %+v", index, m)
		}
	}
}
