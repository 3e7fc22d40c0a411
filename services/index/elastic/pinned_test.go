package elastic

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"testing"
	"time"
)

// issue makes a certificate signed by another, or by itself when there is none.
func issue(t *testing.T, name string, by *x509.Certificate, byKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: by == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	if by == nil {
		by, byKey = c, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, by, &key.PublicKey, byKey)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	return c, key
}

// A fingerprint names the node's certificate or the authority that signed it. A
// certificate that an impostor merely sends along is neither.
func TestPinned(t *testing.T) {
	authority, key := issue(t, "authority", nil, nil)
	node, _ := issue(t, "node", authority, key)
	impostor, _ := issue(t, "impostor", nil, nil)
	of := func(c *x509.Certificate) string { sum := sha256.Sum256(c.Raw); return hex.EncodeToString(sum[:]) }
	for name, tt := range map[string]struct {
		chain []*x509.Certificate
		want  string
		good  bool
	}{
		"the node's own":                {[]*x509.Certificate{node}, of(node), true},
		"its authority's":               {[]*x509.Certificate{node, authority}, of(authority), true},
		"an authority that is not sent": {[]*x509.Certificate{node}, of(authority), false},
		"another":                       {[]*x509.Certificate{node, authority}, of(impostor), false},
		"the node's sent by another":    {[]*x509.Certificate{impostor, node}, of(node), false},
		"its authority's sent by one":   {[]*x509.Certificate{impostor, authority}, of(authority), false},
		"none":                          {nil, of(node), false},
	} {
		if err := pinned(tt.chain, tt.want); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
