package index

import (
	"context"
	_ "embed"
	"net/http"
	"sync"

	"github.com/goccy/go-yaml"

	"broadsheet/pkg/fault"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the description of the HTTP interface, OpenAPI 3.1 in JSON.
var OpenAPI = sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(openAPI) })

func (s *Service) description(context.Context, *http.Request) (response, error) {
	body, err := OpenAPI()
	if err != nil {
		return response{}, fault.Wrap(fault.Internal, err, "openapi.yaml")
	}
	return response{media: mediaJSON, body: body}, nil
}
