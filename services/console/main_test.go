package console

import (
	"testing"

	"go.uber.org/goleak"

	"broadsheet/pkg/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, bustest.UpstreamLeak()) }
