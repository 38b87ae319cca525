package cluster

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"holdfast/internal/devserver"
)

// operator is an OperatorService that has some attributes, and may refuse.
type operator struct {
	operatorservice.OperatorServiceClient
	have     map[string]enumspb.IndexedValueType
	listErr  error
	addErr   error
	received map[string]enumspb.IndexedValueType
}

func (o *operator) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: o.have}, o.listErr
}

func (o *operator) AddSearchAttributes(_ context.Context, in *operatorservice.AddSearchAttributesRequest, _ ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error) {
	o.received = in.SearchAttributes
	return &operatorservice.AddSearchAttributesResponse{}, o.addErr
}

func TestEnsureSearchAttributes(t *testing.T) {
	const prefix = "temporal operator search-attribute "
	const keyword, text = enumspb.INDEXED_VALUE_TYPE_KEYWORD, enumspb.INDEXED_VALUE_TYPE_TEXT
	without := func(name string) map[string]enumspb.IndexedValueType {
		all := SearchAttributes()
		delete(all, name)
		return all
	}
	with := func(name string, as enumspb.IndexedValueType) map[string]enumspb.IndexedValueType {
		all := SearchAttributes()
		all[name] = as
		return all
	}
	for name, tc := range map[string]struct {
		operator operator
		added    map[string]enumspb.IndexedValueType
		fails    []string
	}{
		"all there: nothing is added": {operator: operator{have: SearchAttributes()}},
		"one missing: it alone is added": {
			operator: operator{have: without("HoldfastSite")},
			added:    map[string]enumspb.IndexedValueType{"HoldfastSite": keyword},
		},
		"another type: the commands that correct it": {
			operator: operator{have: with("HoldfastSite", text)},
			fails: []string{
				"has type Text instead of Keyword",
				prefix + "remove --namespace team --name HoldfastSite",
				prefix + "create --namespace team --name HoldfastSite --type Keyword",
			},
		},
		"may not add: the commands for an operator, for what is missing alone": {
			operator: operator{have: without("HoldfastExpires"), addErr: serviceerror.NewPermissionDenied("no", "")},
			added:    map[string]enumspb.IndexedValueType{"HoldfastExpires": enumspb.INDEXED_VALUE_TYPE_DATETIME},
			fails:    []string{"an operator run\n" + prefix + "create --namespace team --name HoldfastExpires --type Datetime"},
		},
		"may not list: all commands": {
			operator: operator{listErr: serviceerror.NewPermissionDenied("no", "")},
			fails:    []string{"--name HoldfastSite --type Keyword", "--name HoldfastExpires --type Datetime"},
		},
		"no such namespace: the command that makes it": {
			operator: operator{listErr: serviceerror.NewNamespaceNotFound("team")},
			fails:    []string{"temporal operator namespace create --namespace team"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := ensure(t.Context(), &tc.operator, "team")
			assert.Equal(t, tc.added, tc.operator.received)
			if tc.fails == nil {
				require.NoError(t, err)
			}
			for _, part := range tc.fails {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

func TestSearchAttributesOnAServer(t *testing.T) {
	s, err := devserver.Start(t.Context(), devserver.Config{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop()) }()
	c, namespace, err := Dial(t.Context(), Options{Address: s.Addr(), Namespace: s.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, EnsureSearchAttributes(t.Context(), c, namespace))
	require.NoError(t, EnsureSearchAttributes(t.Context(), c, namespace), "a second time changes nothing")
	_, err = c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
		Query: `HoldfastSite = "a" AND HoldfastProduct = "jira" AND HoldfastPolicy = "p" AND HoldfastStatus = "COMPLETE" AND HoldfastExpires > "2026-01-01T00:00:00Z"`,
	})
	require.NoError(t, err)
}

func TestDialSaysWhatToDo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, _, err := Dial(ctx, Options{Address: "127.0.0.1:1"})
	require.ErrorContains(t, err, "connect to Temporal at 127.0.0.1:1")
	require.ErrorContains(t, err, "check --address")

	_, _, err = Dial(t.Context(), Options{Address: "cluster"})
	require.ErrorContains(t, err, `"cluster" is not host:port`)

	plain, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer plain.Close()
	go http.Serve(plain, http.NotFoundHandler()) //nolint:errcheck // it ends with the listener
	t.Setenv("TEMPORAL_TLS", "true")
	_, _, err = Dial(t.Context(), Options{Address: plain.Addr().String()})
	require.ErrorContains(t, err, "there is no TLS at this address")
}

func TestOptionsComeFromFlagsThenEnvironmentThenDefaults(t *testing.T) {
	t.Setenv("TEMPORAL_CONFIG_FILE", t.TempDir()+"/none.toml")
	opts, err := ClientOptions(Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"127.0.0.1:7233", "default"}, []string{opts.HostPort, opts.Namespace})

	t.Setenv("TEMPORAL_ADDRESS", "cluster:7233")
	t.Setenv("TEMPORAL_NAMESPACE", "team")
	opts, err = ClientOptions(Options{Namespace: "other"})
	require.NoError(t, err)
	require.Equal(t, []string{"cluster:7233", "other"}, []string{opts.HostPort, opts.Namespace})
}
