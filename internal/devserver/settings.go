package devserver

import (
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

const clusterName = "active"

// Which of the free ports is whose.
const (
	frontendPort = iota
	historyPort
	matchingPort
	workerPort
	portCount
)

// Minor is the server's minor version, such as "1.32": what a database belongs to.
func Minor() string {
	parts := strings.SplitN(Version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// settings is the server's configuration but for the database.
func settings(ports []int) *config.Config {
	service := func(port int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: ports[port], BindOnIP: loopback}}
	}
	off := config.ArchivalNamespaceDefaults{
		History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
		Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
	}
	return &config.Config{
		Global: config.Global{Membership: config.Membership{
			MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback,
		}},
		Persistence: config.Persistence{
			DefaultStore: sqlite.PluginName, VisibilityStore: sqlite.PluginName, NumHistoryShards: 1,
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: hostPort(ports[frontendPort]),
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			"frontend": service(frontendPort), "history": service(historyPort),
			"matching": service(matchingPort), "worker": service(workerPort),
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: off},
		PublicClient:      config.PublicClient{HostPort: hostPort(ports[frontendPort])},
	}
}

// staticHosts tells each service where the others are, so that they need not
// find each other by gossip: that takes time and ports.
func staticHosts(ports []int) map[primitives.ServiceName]static.Hosts {
	host := func(port int) static.Hosts { return static.SingleLocalHost(hostPort(ports[port])) }
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: host(frontendPort),
		primitives.HistoryService:  host(historyPort),
		primitives.MatchingService: host(matchingPort),
		primitives.WorkerService:   host(workerPort),
	}
}

// dynamicConfig departs from the defaults, which are for clusters, where they
// hinder one machine.
func dynamicConfig(cfg Config) dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{
		// A search attribute that was just added can be used at once.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		// Lists are asked for more than ten times a second by tests and watchers.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                    10000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                     45000,
		// The default of 128,000 workflows is for hosts with many gigabytes.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8096,
		dynamicconfig.MatchingEnableFairness.Key():       true,
		// Lets two weeks pass in two seconds, for those who want to see an expiry.
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): true,
		// One partition finds a task at once; four are for thousands a second.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	}
	if cfg.SuggestContinueAsNew > 0 {
		values[dynamicconfig.HistoryCountSuggestContinueAsNew.Key()] = cfg.SuggestContinueAsNew
	}
	return values
}

func countNothing(namespace string) *workflowservice.CountWorkflowExecutionsRequest {
	return &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace}
}
