package deploy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet/pkg/fault"
)

// restartNATS starts the server again.
func (d *deployment) restartNATS() {
	d.t.Helper()
	_ = d.NATS.End(syscall.SIGKILL)
	if err := d.NATS.Start(); err != nil {
		d.t.Fatal(err)
	}
	if err := d.NATS.listening(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// send uploads page n.
func (d *deployment) send(n int) {
	d.t.Helper()
	key, text := numbered(d.t, n)
	if err := d.as("uploader").Upload(d.t.Context(), key, text, nil); err != nil {
		d.t.Fatal(err)
	}
}

// The server's password of a service is changed while it runs. The service says so
// and waits; so does one that starts. With the right password again it goes on by
// itself, with what was uploaded meanwhile.
func TestWrongPassword(t *testing.T) {
	d := start(t, Options{})
	d.send(0)
	d.settled(1)
	right := slices.Clone(d.NATS.env)
	for i, v := range d.NATS.env {
		if strings.HasPrefix(v, "BROADSHEET_NATS_PARSE_PASSWORD=") {
			d.NATS.env[i] = "BROADSHEET_NATS_PARSE_PASSWORD=pother"
		}
	}
	d.restartNATS()
	d.send(1)
	d.says("parse", "refuses user parse", "BROADSHEET_NATS_PASSWORD")
	parse := d.Service("parse")
	env := map[string]string{}
	for _, v := range parse.env {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	env["BROADSHEET_HTTP"] = "127.0.0.1:0"
	out, err := output(t.Context(), env, parse.path, parse.args...)
	if err == nil || !strings.Contains(out, "refuses user parse") || !strings.Contains(out, "BROADSHEET_NATS_PASSWORD") || strings.Contains(out, env["BROADSHEET_NATS_PASSWORD"]) {
		t.Errorf("started with a wrong password it says (%v): %s", err, out)
	}
	d.NATS.env = right
	d.restartNATS()
	d.settled(2)
}

// The certificate of NATS expires. The services say so and wait; once it is renewed
// they go on by themselves.
func TestExpiredCertificate(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	ca := newAuthority(t)
	ca.write(path("ca.pem"))
	ca.issue(path("server"), time.Now().Add(time.Hour))
	config, err := os.ReadFile("nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	config = append(config, "\ntls { cert_file: \""+path("server.pem")+"\", key_file: \""+path("server.key")+"\" }\n"...)
	if err := os.WriteFile(path("nats.conf"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	d := start(t, Options{NATSConfig: path("nats.conf"), NATSCA: path("ca.pem")})
	d.send(0)
	d.settled(1)
	ca.issue(path("server"), time.Now().Add(-time.Hour))
	d.restartNATS()
	for _, name := range Services {
		d.says(name, "certificate of NATS", "expired", "renew")
	}
	if _, err := d.As(t.Context(), "uploader"); !fault.Is(err, fault.Unauthorized) || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an uploader is told: %v", err)
	}
	ca.issue(path("server"), time.Now().Add(time.Hour))
	d.restartNATS()
	d.send(1)
	d.settled(2)
	d.quiet()
}

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// sign makes a certificate of ours, or our own.
func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore = big.NewInt(time.Now().UnixNano()), time.Now().Add(-2*time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(path string) { a.file(path, "CERTIFICATE", a.cert.Raw) }

// issue writes a certificate for 127.0.0.1, and its key.
func (a *authority) issue(path string, until time.Time) {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "nats"}, NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.file(path+".pem", "CERTIFICATE", cert.Raw)
	a.file(path+".key", "EC PRIVATE KEY", der)
}

func (a *authority) file(path, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}
