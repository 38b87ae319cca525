package host_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"holdfast/activities"
	"holdfast/internal/atlassian"
	"holdfast/internal/cluster"
	"holdfast/internal/devserver"
	"holdfast/internal/host"
	"holdfast/internal/store/storeurl"
)

// setup is a Config for a cluster of its own.
func setup(t *testing.T) host.Config {
	t.Helper()
	server, err := devserver.Start(t.Context(), devserver.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	c, namespace, err := cluster.Dial(t.Context(), cluster.Options{Address: server.Addr(), Namespace: server.Namespace()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	dir := t.TempDir()
	s, err := storeurl.Open(t.Context(), "file://"+dir)
	require.NoError(t, err)
	installation, err := host.ClusterInstallation(t.Context(), c, namespace)
	require.NoError(t, err)
	require.NotEmpty(t, installation)
	return host.Config{
		Client: c, Store: s, Scratch: filepath.Join(t.TempDir(), "scratch"), Installation: installation,
		Sites: activities.NewSites(activities.SitesConfig{Credentials: atlassian.StaticCredentials(nil)}),
	}
}

func polled(t *testing.T, c client.Client, queue string, kind enumspb.TaskQueueType) func() bool {
	return func() bool {
		d, err := c.DescribeTaskQueue(t.Context(), queue, kind)
		return err == nil && len(d.Pollers) > 0
	}
}

func TestHostPollsItsQueues(t *testing.T) {
	cfg := setup(t)
	h, err := host.Start(t.Context(), cfg)
	require.NoError(t, err)
	for queue, kind := range map[string]enumspb.TaskQueueType{
		"holdfast": enumspb.TASK_QUEUE_TYPE_WORKFLOW,
		h.Queue():  enumspb.TASK_QUEUE_TYPE_ACTIVITY,
	} {
		require.Eventually(t, polled(t, cfg.Client, queue, kind), 20*time.Second, 20*time.Millisecond, queue)
	}
	require.NoError(t, h.Stop())
	require.NoError(t, h.Stop(), "a second Stop does nothing")

	again, err := host.Start(t.Context(), cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, again.Stop()) }()
	require.Equal(t, h.Queue(), again.Queue(), "what lies on its disk is still its own")

	other, err := host.Start(t.Context(), cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Stop()) }()
	require.NotEqual(t, again.Queue(), other.Queue(), "two hosts never share a scratch folder")
}

func TestHostRefusesAStoreThatCannotBeWritten(t *testing.T) {
	// A file in the place of its folder stands for a store that refuses: root may write everywhere else.
	cfg := setup(t)
	dir := t.TempDir()
	s, err := storeurl.Open(t.Context(), "file://"+filepath.Join(dir, "store"))
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "store")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "store"), nil, 0o600))
	cfg.Store = s
	_, err = host.Start(t.Context(), cfg)
	require.ErrorContains(t, err, "check its address and the permissions")
	require.NoDirExists(t, cfg.Scratch, "nothing else was begun")
}
