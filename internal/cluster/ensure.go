package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// EnsureSearchAttributes sees to it that the namespace knows all of
// SearchAttributes, with their types: it adds what is missing. Where it may not,
// and where a name has another type, the error has the commands that an operator
// must run.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	return ensure(ctx, c.OperatorService(), namespace)
}

func ensure(ctx context.Context, service operatorservice.OperatorServiceClient, namespace string) error {
	have, err := service.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		if refused(err) {
			return fmt.Errorf("this account may not list the search attributes of namespace %s: %w: let an operator run\n%s",
				namespace, err, strings.Join(createCommands(namespace, SearchAttributes()), "\n"))
		}
		var notFound *serviceerror.NamespaceNotFound
		if errors.As(err, &notFound) {
			return fmt.Errorf("list the search attributes: %w: check --namespace, or create it:\n"+
				"temporal operator namespace create --namespace %s --retention 720h", err, namespace)
		}
		return fmt.Errorf("list the search attributes of namespace %s: %w: check that the cluster is well and try again", namespace, err)
	}
	missing := make(map[string]enumspb.IndexedValueType)
	for name, want := range SearchAttributes() {
		got, ok := have.CustomAttributes[name]
		switch {
		case !ok:
			missing[name] = want
		case got != want:
			return fmt.Errorf("search attribute %s of namespace %s has type %v instead of %v: let an operator run\n"+
				"temporal operator search-attribute remove --namespace %s --name %s\n%s",
				name, namespace, got, want, namespace, name, createCommand(namespace, name, want))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = service.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	if err != nil {
		return fmt.Errorf("add search attributes to namespace %s: %w: let an operator run\n%s",
			namespace, err, strings.Join(createCommands(namespace, missing), "\n"))
	}
	return nil
}

// refused reports whether err says that we may not, or that the cluster (a
// hosted one, say) has no such operation.
func refused(err error) bool {
	var denied *serviceerror.PermissionDenied
	var unimplemented *serviceerror.Unimplemented
	return errors.As(err, &denied) || errors.As(err, &unimplemented)
}

func createCommands(namespace string, attributes map[string]enumspb.IndexedValueType) []string {
	var commands []string
	for name, t := range attributes {
		commands = append(commands, createCommand(namespace, name, t))
	}
	slices.Sort(commands)
	return commands
}

func createCommand(namespace, name string, t enumspb.IndexedValueType) string {
	return fmt.Sprintf("temporal operator search-attribute create --namespace %s --name %s --type %v", namespace, name, t)
}
