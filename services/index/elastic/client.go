package elastic

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/elastic/go-elasticsearch/v8"

	"broadsheet/pkg/fault"
)

// client asks Elasticsearch, once: what is tried again, and when, is decided by
// whoever knows what the failure means.
type client struct {
	es        *elasticsearch.BaseClient
	transport *http.Transport
	where     string // for people
}

func newClient(o Options) (*client, error) {
	transport, err := o.transport()
	if err != nil {
		return nil, err
	}
	es, err := elasticsearch.NewBaseClient(elasticsearch.Config{
		Addresses: o.URLs, Username: o.Username, Password: o.Password, APIKey: o.APIKey, Transport: transport,
		DisableRetry: true, EnableCompatibilityMode: true,
		CompressRequestBody: !o.Uncompressed, CompressRequestBodyLevel: gzip.BestSpeed, PoolCompressor: true,
	})
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the client of Elasticsearch").On("elasticsearch-url")
	}
	return &client{es: es, transport: transport, where: strings.Join(o.URLs, ", ")}, nil
}

func (c *client) close() {
	_ = c.es.Close(context.Background()) // nothing of ours is left to fail
	c.transport.CloseIdleConnections()
}

// productHeader is by what an Elasticsearch is known. The client looks for it in
// its first answer only; a proxy may answer any.
const productHeader = "X-Elastic-Product"

// maxAnswer bounds what is read of an answer.
const maxAnswer = 256 << 20

// call makes one request. A nil error means status 200 or 201 and an answer that
// was read into out, which may be nil. The status is 0 when there was no answer.
func (c *client) call(ctx context.Context, method, path string, body []byte, out any) (status int, err error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, path, reader)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, err, "a request to Elasticsearch")
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json") // the client says of which version
	}
	answer, err := c.es.Perform(request)
	if err != nil {
		return 0, c.unreachable(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return 0, fault.Wrap(fault.Unavailable, err, "Elasticsearch at %s broke off its answer", c.where)
	}
	if len(data) > maxAnswer {
		return 0, fault.New(fault.Unavailable, "Elasticsearch at %s answers with more than %d MB", c.where, maxAnswer>>20)
	}
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
		return answer.StatusCode, c.refused(answer.StatusCode, data)
	}
	if answer.Header.Get(productHeader) != "Elasticsearch" {
		return 0, fault.New(fault.Unavailable, "at %s answers something that is not Elasticsearch", c.where).
			Fix("correct elasticsearch-url; Elasticsearch 8 is needed")
	}
	if out == nil {
		return answer.StatusCode, nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return 0, fault.Wrap(fault.Unavailable, err, "Elasticsearch at %s gives an answer that cannot be read", c.where).
			Fix("look for a proxy between us that cuts or changes answers")
	}
	return answer.StatusCode, nil
}

// unreachable is a request without an answer.
func (c *client) unreachable(err error) error {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, elasticsearch.ErrClosed):
		return fault.New(fault.Unavailable, "the index is closed")
	case errors.Is(err, errFingerprint):
		return fault.Wrap(fault.Unavailable, err, "the certificate of Elasticsearch at %s", c.where).
			Fix("compare elasticsearch-fingerprint with the node's certificate; it changes when the certificate is renewed")
	case errors.As(err, &certificate):
		return fault.Wrap(fault.Unavailable, err, "the certificate of Elasticsearch at %s", c.where).
			Fix("name the authority that signed it with elasticsearch-ca, or its own elasticsearch-fingerprint; renew it if it has expired")
	}
	return fault.Wrap(fault.Unavailable, err, "cannot reach Elasticsearch at %s", c.where).
		Fix("start it, or correct elasticsearch-url; work goes on by itself once it is back")
}

// cause is how Elasticsearch describes an error.
type cause struct {
	Type   string  `json:"type"`
	Reason string  `json:"reason"`
	Root   []cause `json:"root_cause"`
}

// refused gives the refusal of a whole request its kind.
func (c *client) refused(status int, data []byte) error {
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var why cause
	if json.Unmarshal(data, &answer) == nil {
		_ = json.Unmarshal(answer.Error, &why)
	}
	if why.Type == "" { // whatever it is, Elasticsearch did not write it
		why.Reason = strings.TrimSpace(string(data[:min(len(data), 200)]))
	} else if len(why.Root) > 0 && why.Root[0].Type != "" {
		why.Type, why.Reason = why.Root[0].Type, why.Root[0].Reason
	}
	return classify(status, why.Type, why.Reason)
}
