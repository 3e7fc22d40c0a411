package webhook_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"broadsheet/client"
	"broadsheet/cmd/broadsheet/webhook"
	"broadsheet/pkg/event"
	"broadsheet/pkg/fault"
)

// 200 updates and withdrawals, the webhook killed three times in the middle: the
// endpoint's copy is equal to the index, nothing is missing, nothing comes behind
// what is newer.
func TestKilledWebhook(t *testing.T) {
	p := newPaper(t)
	secret := newSecret(1)
	e := newEndpoint(t, secret)
	var n atomic.Int32
	e.answer = func(delivery) int {
		if n.Add(1)%7 == 0 {
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	}
	secrets := secretFile(t, secret)
	indexed := p.index()
	const changes = 200
	for i := range changes {
		p.put(i % 13)
	}
	for _, kill := range []int{40, 90, 140} {
		cmd := process(t, p.URL, e.URL, secrets)
		await(t, "some are delivered", func() bool { return e.have() >= kill })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	cmd := process(t, p.URL, e.URL, secrets)
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	await(t, "all are delivered", func() bool { return e.have() == changes })
	await(t, "the index has it all", func() bool { return maps.Equal(indexed(), p.live) })
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inOrder()
	if want := indexed(); !maps.Equal(e.copy, want) {
		t.Errorf("the copy has %v\nnot %v", e.copy, want)
	}
	if twice := len(e.taken) - changes; twice > 3*64 {
		t.Errorf("%d came twice", twice)
	} else {
		t.Logf("%d attempts, %d taken twice", len(e.all), twice)
	}
	if state, err := p.as("console").StreamState(t.Context(), event.DeadLetters); err != nil || state.Messages > 0 {
		t.Errorf("%d dead letters, %v", state.Messages, err)
	}
}

// An endpoint that takes nothing for a long time makes no dead letters, holds a
// bounded number of events, and disturbs nobody; then everything arrives.
func TestEndpointIsAway(t *testing.T) {
	p := newPaper(t)
	secret := newSecret(1)
	e := newEndpoint(t, secret)
	var up atomic.Bool
	e.answer = func(delivery) int {
		if up.Load() {
			return http.StatusOK
		}
		return http.StatusInternalServerError
	}
	p.run(webhook.Options{URL: e.URL, InFlight: 8, Attempts: 3}, secretFile(t, secret))
	for i := range 40 {
		p.put(i)
	}
	await(t, "each event in hand has had more attempts than it may", func() bool { all, _ := e.counts(); return all > 8*6 })
	e.mu.Lock()
	tried := map[string]bool{}
	for _, d := range e.all {
		tried[d.id] = true
	}
	e.mu.Unlock()
	if len(tried) > 8 {
		t.Errorf("%d events were in hand, more than 8", len(tried))
	}
	letters, err := p.as("console").StreamState(t.Context(), event.DeadLetters)
	if err != nil || letters.Messages > 0 {
		t.Errorf("%d dead letters, %v", letters.Messages, err)
	}
	other := 0
	if err := client.Over(p.as("consumer")).Replay(t.Context(), client.Subscription{}, 100, func(_ context.Context, batch []client.Event) error {
		other += len(batch)
		return nil
	}); err != nil || other != 40 {
		t.Errorf("another consumer has %d events, %v", other, err)
	}
	up.Store(true)
	await(t, "all are delivered", func() bool { return e.have() == 40 })
}

// What the endpoint refuses while it takes everything else becomes a dead letter
// and stops nobody but its own article; a person can have it delivered again.
func TestDeadLetter(t *testing.T) {
	p := newPaper(t)
	secret := newSecret(1)
	e := newEndpoint(t, secret)
	var mended atomic.Bool
	poison := uri(3)
	e.answer = func(d delivery) int {
		if d.uri == poison && !mended.Load() {
			return http.StatusUnprocessableEntity
		}
		return http.StatusOK
	}
	p.run(webhook.Options{URL: e.URL, Attempts: 3}, secretFile(t, secret))
	for i := range 20 {
		p.put(i)
	}
	await(t, "the others", func() bool { return e.have() == 19 })
	p.put(4) // that the endpoint takes events is known now at the latest
	console := p.as("console")
	var letter event.Letter
	await(t, "the letter", func() bool {
		m, err := console.Newest(t.Context(), event.DeadLetters, "deadletters.webhook.ARTICLES.*")
		if err != nil {
			return false
		}
		ce, err := m.Event()
		if err != nil {
			t.Fatal(err)
		}
		letter, err = event.DataAs[event.Letter](ce, event.LetterWritten)
		return err == nil
	})
	if letter.URI != poison || letter.Kind != fault.Invalid || letter.Attempts < 3 || !strings.Contains(letter.Message, "422") || letter.Remedy == "" {
		t.Errorf("%+v", letter)
	}
	mended.Store(true)
	if err := console.RetryLetter(t.Context(), event.LetterSubject("webhook", event.Articles, letter.StreamSeq)); err != nil {
		t.Fatal(err)
	}
	await(t, "the retried event", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.copy[poison] == "1"
	})
}

// 410 ends the webhook, which goes on where it was when it is started again. A
// redirect is not followed, a hanging endpoint is given up on.
func TestOddEndpoints(t *testing.T) {
	p := newPaper(t)
	secret := newSecret(1)
	e := newEndpoint(t, secret)
	secrets := secretFile(t, secret)
	var status atomic.Int32
	status.Store(http.StatusGone)
	e.answer = func(delivery) int { return int(status.Load()) }
	p.put(1)
	r := p.run(webhook.Options{URL: e.URL}, secrets)
	err := <-r.ended
	r.ended = nil
	if !fault.Is(err, fault.Gone) || !strings.Contains(err.Error(), "410") {
		t.Errorf("%v", err)
	}

	status.Store(http.StatusTemporaryRedirect)
	all, _ := e.counts()
	r = p.run(webhook.Options{URL: e.URL}, secrets)
	await(t, "three attempts", func() bool { now, _ := e.counts(); return now >= all+3 })
	if _, taken := e.counts(); taken > 0 {
		t.Error("a redirect counts as taken")
	}
	r.stop()

	hang := make(chan struct{})
	var hung atomic.Int32
	status.Store(http.StatusOK)
	e.answer = func(delivery) int {
		if hung.Add(1) <= 2 {
			<-hang
		}
		return http.StatusOK
	}
	p.run(webhook.Options{URL: e.URL, Timeout: 100 * time.Millisecond}, secrets)
	await(t, "the event, after two time-outs", func() bool { _, taken := e.counts(); return taken > 0 })
	close(hang)
}

// A secret is changed without a gap: while both are in the file deliveries are
// good for both, and a file that is wrong changes nothing.
func TestSecretRotation(t *testing.T) {
	p := newPaper(t)
	first, second := newSecret(1), newSecret(2)
	secrets := secretFile(t, first)
	e := newEndpoint(t, first)
	p.run(webhook.Options{URL: e.URL}, secrets)
	p.put(1)
	await(t, "signed with the first", func() bool { return e.have() == 1 })
	other, err := standard.NewWebhook(second)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(secrets, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("not a secret\n")
	p.put(2)
	await(t, "signed with the first still", func() bool { return e.have() == 2 })
	write(first + "\n# from March on\n" + second + "\n")
	n := 2
	await(t, "signed with both", func() bool {
		p.put(n + 1)
		n++
		await(t, "a delivery", func() bool { return e.have() == n })
		e.mu.Lock()
		defer e.mu.Unlock()
		d := e.taken[len(e.taken)-1]
		return other.Verify(d.body, d.header) == nil
	})
}

func TestRefusedOptions(t *testing.T) {
	good, err := webhook.ReadSecrets(secretFile(t, newSecret(1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]webhook.Options{
		"name":      {Name: "A b", URL: "https://x", Secrets: good},
		"a service": {Name: "index", URL: "https://x", Secrets: good},
		"scheme":    {Name: "x", URL: "ftp://x", Secrets: good},
		"no host":   {Name: "x", URL: "https:///x", Secrets: good},
		"password":  {Name: "x", URL: "https://a:b@x", Secrets: good},
		"no secret": {Name: "x", URL: "https://x"},
	} {
		err := webhook.Run(t.Context(), o)
		if p := fault.ProblemOf(err); !fault.Is(err, fault.Invalid) || p.Field == "" || p.Remedy == "" || strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"empty": "", "short": "whsec_" + "AAAA", "no base64": "whsec_!!", "unmarked": strings.TrimPrefix(newSecret(1), "whsec_"), "too many": strings.Repeat(newSecret(1)+"\n", 9)} {
		_, err := webhook.ReadSecrets(secretFile(t, text), nil)
		if !fault.Is(err, fault.Invalid) || fault.ProblemOf(err).Remedy == "" || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := webhook.ReadSecrets("nowhere", nil); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
