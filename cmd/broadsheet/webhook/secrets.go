package webhook

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"sync"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/zap"

	"broadsheet/pkg/fault"
)

// Secrets are the keys in a file, one a line: whsec_ and 24 to 64 bytes in base64.
// Every delivery is signed with each of them, so that a secret is changed without
// a gap: add the new one, tell the endpoint, remove the old one. The file is read
// again when it changes. Blank lines and those that begin with # do not count.
type Secrets struct {
	path string
	log  *zap.Logger

	mu     sync.Mutex
	read   []byte
	looked time.Time
	hooks  []*standard.Webhook
}

// most secrets at once: more would be a mistake.
const mostSecrets = 8

// ReadSecrets reads the file and checks every line.
func ReadSecrets(path string, log *zap.Logger) (*Secrets, error) {
	if log == nil {
		log = zap.NewNop()
	}
	s := &Secrets{path: path, log: log}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the webhook's secrets").On("secret-file").Fix("give the path of a file with a line whsec_…")
	}
	if s.hooks, err = parseSecrets(data); err != nil {
		return nil, err
	}
	s.read, s.looked = data, time.Now()
	return s, nil
}

func parseSecrets(data []byte) ([]*standard.Webhook, error) {
	var hooks []*standard.Webhook
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		encoded, marked := strings.CutPrefix(line, "whsec_")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !marked || err != nil || len(key) < 24 || len(key) > 64 { // the line itself is never shown
			return nil, fault.New(fault.Invalid, "line %d of the webhook's secrets is no secret", n).On("secret-file").
				Fix("write whsec_ and 24 to 64 bytes in base64: echo whsec_$(head -c 32 /dev/urandom | base64)")
		}
		hook, err := standard.NewWebhookRaw(key)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "line %d of the webhook's secrets", n).On("secret-file")
		}
		hooks = append(hooks, hook)
	}
	if len(hooks) == 0 || len(hooks) > mostSecrets {
		return nil, fault.New(fault.Invalid, "there are %d secrets for the webhook, not 1 to %d", len(hooks), mostSecrets).On("secret-file").
			Fix("write one a line: echo whsec_$(head -c 32 /dev/urandom | base64)")
	}
	return hooks, nil
}

// lookEvery is how often a file that may have changed is looked at.
const lookEvery = time.Second

// current returns the signers, those of a new file once it is good.
func (s *Secrets) current() []*standard.Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.looked) < lookEvery {
		return s.hooks
	}
	s.looked = time.Now()
	data, err := os.ReadFile(s.path)
	if err == nil && bytes.Equal(data, s.read) {
		return s.hooks
	}
	var hooks []*standard.Webhook
	if err == nil {
		hooks, err = parseSecrets(data)
	}
	if err != nil {
		s.log.Error("the new secrets cannot be used, the old ones still are", zap.Error(err))
		return s.hooks
	}
	s.read, s.hooks = data, hooks
	s.log.Info("signing with new secrets", zap.Int("secrets", len(hooks)))
	return hooks
}

// sign returns the value of webhook-signature.
func (s *Secrets) sign(id string, at time.Time, body []byte) (string, error) {
	var signatures []string
	for _, hook := range s.current() {
		signature, err := hook.Sign(id, at, body)
		if err != nil {
			return "", fault.Wrap(fault.Internal, err, "sign")
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}
