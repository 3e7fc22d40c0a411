// Package elastic keeps the index in Elasticsearch 8. What it calls applied was
// confirmed by Elasticsearch item by item; what was not is in doubt, and said so.
package elastic

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// Options say where Elasticsearch is, who we are to it, and how the index is
// kept. The zero value of each has a default that suits a small deployment.
type Options struct {
	URLs               []string // of one or several nodes: http://host:9200
	Username, Password string
	APIKey             string // as Elasticsearch gives it out (encoded); instead of the user
	CA                 string // path of a PEM file with the authority of its certificate
	Fingerprint        string // SHA-256 of its certificate or its authority, in hex; instead of CA
	Prefix             string // names the index: alias PREFIX over PREFIX-<generation>; "": broadsheet

	Shards       int           // of an index that is made; 0: 1
	Replicas     int           // of an index that is made
	Refresh      time.Duration // until what was written is found, of an index that is made; 0: 1 s
	Uncompressed bool          // send documents as they are: saves time where the network is fast

	BulkBytes     int           // of one request, before compression; 0: 4 MiB
	BulkDocuments int           // of one request; 0: 500
	Flights       int           // requests of writes at once; 0: 2
	Timeout       time.Duration // of one request; 0: 30 s

	Logger *zap.Logger // nil: silent
}

func (o Options) withDefaults() Options {
	set := func(to *int, n int) {
		if *to == 0 {
			*to = n
		}
	}
	set(&o.Shards, 1)
	set(&o.BulkBytes, 4<<20)
	set(&o.BulkDocuments, 500)
	set(&o.Flights, 2)
	if o.Refresh == 0 {
		o.Refresh = time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return o
}

// DefaultPrefix names the index where nothing else is given.
const DefaultPrefix = "broadsheet"

var (
	prefixForm      = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	fingerprintForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Check returns everything that is wrong with the options, each mistake with the
// setting's name as its field.
func (o Options) Check() []error {
	var mistakes []error
	wrong := func(field, fix, format string, args ...any) {
		mistakes = append(mistakes, fault.New(fault.Invalid, format, args...).On("elasticsearch-"+field).Fix("%s", fix))
	}
	if len(o.URLs) == 0 {
		wrong("url", "give the address of a node, for example http://127.0.0.1:9200", "no node is named")
	}
	tls := false
	for _, one := range o.URLs {
		u, err := url.Parse(one)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			wrong("url", "write it as http://host:9200 or https://host:9200", "%q is no address of an Elasticsearch node", hidePassword(one))
			continue
		}
		if u.User != nil {
			wrong("url", "give elasticsearch-username and elasticsearch-password instead: addresses are logged", "the address of %s carries a user", u.Host)
		}
		tls = tls || u.Scheme == "https"
	}
	if (o.Username == "") != (o.Password == "") {
		wrong("username", "give elasticsearch-username and elasticsearch-password, or neither", "user and password belong together")
	}
	if o.APIKey != "" && o.Username != "" {
		wrong("api-key", "leave one of them", "an API key and a user are given")
	}
	if o.CA != "" && o.Fingerprint != "" {
		wrong("fingerprint", "leave one of them", "a CA and a fingerprint are given")
	}
	if !tls && len(o.URLs) > 0 && (o.CA != "" || o.Fingerprint != "") {
		wrong("url", "write https:// if the node speaks TLS", "a certificate is to be checked and no address is https")
	}
	if o.Fingerprint != "" && !fingerprintForm.MatchString(normalFingerprint(o.Fingerprint)) {
		wrong("fingerprint", "Elasticsearch shows it at its first start; openssl x509 -fingerprint -sha256 does too", "it is not a SHA-256 in hex, of 64 digits")
	}
	if o.CA != "" {
		if _, err := readCA(o.CA); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	if o.Prefix != "" && !prefixForm.MatchString(o.Prefix) {
		wrong("prefix", "use 1 to 63 of a-z, 0-9, '-' and '_', beginning with a letter", "%q cannot name an index", o.Prefix)
	}
	if o.Shards < 0 || o.Replicas < 0 || o.BulkBytes < 0 || o.BulkDocuments < 0 || o.Flights < 0 || o.Timeout < 0 || o.Refresh < 0 {
		wrong("shards", "leave it out for the default", "a number is negative")
	}
	return mistakes
}

func hidePassword(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return "it"
}

func normalFingerprint(s string) string { return strings.ToLower(strings.ReplaceAll(s, ":", "")) }

func readCA(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the CA cannot be read").On("elasticsearch-ca")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.New(fault.Invalid, "%s has no certificate in it", path).On("elasticsearch-ca").Fix("give a PEM file: -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

// errFingerprint is a node whose certificate is not the one that was agreed on.
var errFingerprint = errors.New("none of its certificates has the fingerprint that was given")

// transport is how nodes are reached.
func (o Options) transport() (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: o.Timeout,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       time.Minute,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if o.CA != "" {
		pool, err := readCA(o.CA)
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig.RootCAs = pool
	}
	if o.Fingerprint != "" {
		want := normalFingerprint(o.Fingerprint)
		// Names and authorities are not asked for: the certificate itself is known.
		t.TLSClientConfig.InsecureSkipVerify = true
		t.TLSClientConfig.VerifyConnection = func(c tls.ConnectionState) error { return pinned(c.PeerCertificates, want) }
	}
	return t, nil
}

// pinned returns nil when the certificate with that fingerprint is the node's own,
// whose key the handshake has proved it has, or is the authority that signed it.
// That it is somewhere in the chain proves nothing: certificates are public, and
// anybody can send one along.
func pinned(chain []*x509.Certificate, want string) error {
	others := x509.NewCertPool()
	for _, c := range chain[min(1, len(chain)):] {
		others.AddCert(c)
	}
	for i, c := range chain {
		if sum := sha256.Sum256(c.Raw); hex.EncodeToString(sum[:]) != want {
			continue
		}
		if i == 0 {
			return nil
		}
		authority := x509.NewCertPool()
		authority.AddCert(c)
		if _, err := chain[0].Verify(x509.VerifyOptions{Roots: authority, Intermediates: others}); err == nil {
			return nil
		}
	}
	return errFingerprint
}
