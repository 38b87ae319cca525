package devserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/config"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Database is one that others keep, such as PostgreSQL, as a team's Temporal
// has it. Whoever names it imports the plugin that speaks to it, so that nobody
// else links one, and has written the server's tables into it. A namespace that
// it lacks is registered without Config.SearchAttributes: those are for the
// operator service, as on any cluster.
type Database struct {
	// State and Visibility are where workflows are kept and where they are found.
	State, Visibility config.SQL
	// HistoryShards can never be changed once the database has been used.
	HistoryShards int32
}

const (
	stateStore      = "state"
	visibilityStore = "visibility"
)

func (d *Database) addTo(settings *config.Config) {
	p := &settings.Persistence
	p.DefaultStore, p.VisibilityStore, p.NumHistoryShards = stateStore, visibilityStore, d.HistoryShards
	p.DataStores = map[string]config.DataStore{stateStore: {SQL: &d.State}, visibilityStore: {SQL: &d.Visibility}}
}

// register makes the namespace where it does not exist.
func register(ctx context.Context, opts client.Options, cfg Config) error {
	opts.Logger = slog.New(slog.DiscardHandler)
	c, err := client.NewNamespaceClient(opts)
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.Register(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: cfg.Namespace, WorkflowExecutionRetentionPeriod: durationpb.New(cfg.Retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("register namespace %s: %w", cfg.Namespace, err)
	}
	return nil
}
