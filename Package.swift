// swift-tools-version: 6.1
import PackageDescription

// Targets stand in the order of their dependencies; an arrow to a target further down does not exist.
//
//   Worker, Submitter ─► Settings ─► Store, Queue, Engines ─► Fleet ─► Pipeline
//      │                               │      │       └► SparkConnect
//      │                               │      └► CRdKafka
//      └► Events ─► Fleet              └► CLibPQ

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A program at a fixed address: a hundred thousand addresses of Swift's metadata need no correction at every start
/// (3 ms). For `quicketl`, which is started for every command; a worker, which listens to others, stays movable.
let startsFast: [LinkerSetting] = [
    .unsafeFlags(["-Xclang-linker", "-no-pie"], .when(platforms: [.linux], configuration: .release))
]

/// `make unit` sets QUICKETL_TARGETS=unit: then only the pure targets and their tests exist, and build in seconds.
let unitOnly = Context.environment["QUICKETL_TARGETS"] == "unit"

let pureTargets: [Target] = [
    // The language: YAML, variables, expressions, validation, plan, column lineage. Pure values, no I/O.
    .target(
        name: "Pipeline",
        dependencies: [
            .product(name: "Yams", package: "Yams"),
            .product(name: "Crypto", package: "swift-crypto"),
        ],
        swiftSettings: strict
    ),
    // The rules: run states, lease, retry, drain, limits, the worker loop, and the ports that adapters implement.
    .target(
        name: "Fleet",
        dependencies: ["Pipeline", .product(name: "Logging", package: "swift-log")],
        swiftSettings: strict
    ),
    // Seeds, and inputs that nobody would write.
    .target(name: "Fuzzing", dependencies: ["Pipeline"], path: "Tests/Fuzzing", swiftSettings: strict),
    .testTarget(name: "PipelineTests", dependencies: ["Fuzzing", "Pipeline"], swiftSettings: strict),
    .testTarget(name: "FleetTests", dependencies: ["Fleet", "Pipeline"], swiftSettings: strict),
]

/// `make fuzz`; nothing else needs it.
let fuzzRunner: Target = .executableTarget(
    name: "quicketl-fuzz", dependencies: ["Fuzzing"], path: "Tests/FuzzRunner", swiftSettings: strict)

let adapterTargets: [Target] = [
    // C borders, imported from one folder each: what is used of libpq and librdkafka. The libraries and the thirty behind
    // them are loaded when a function of theirs is first called: a program that uses neither starts 4 ms earlier.
    .target(name: "CLateBinding"),
    .target(name: "CLibPQ", dependencies: ["CLateBinding"]),
    .target(name: "CRdKafka", dependencies: ["CLateBinding"]),
    // The messages and calls of Spark Connect: generated code (Sources/SparkConnect/README.md), imported from
    // Engines/Spark only.
    .target(
        name: "SparkConnect",
        dependencies: [
            .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        exclude: ["README.md", "spark_connect.proto"],
        swiftSettings: strict
    ),
    // Executes a plan: SQL per dialect, DuckDB child processes, Spark Connect, staging and publishing.
    .target(
        name: "Engines",
        dependencies: [
            "Fleet", "Pipeline", "SparkConnect",
            .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Subprocess", package: "swift-subprocess"),
        ],
        swiftSettings: strict
    ),
    // PostgreSQL: runs, attempts, metrics, lineage, migrations.
    .target(
        name: "Store",
        dependencies: [
            "CLibPQ", "Fleet", "Pipeline",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Subprocess", package: "swift-subprocess"),
        ],
        swiftSettings: strict
    ),
    // Kafka: request stream and sink, dead letters, the embedded development broker.
    .target(
        name: "Queue",
        dependencies: [
            "CRdKafka", "Fleet", "Pipeline",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ],
        swiftSettings: strict
    ),
    // Lineage events over HTTP.
    .target(
        name: "Events",
        dependencies: [
            "Fleet",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: strict
    ),
    // Where each setting comes from (flag, environment, file, default), and what the adapters are told.
    .target(
        name: "Settings",
        dependencies: [
            "Engines", "Fleet", "Pipeline", "Queue", "Store",
            .product(name: "Configuration", package: "swift-configuration"),
            .product(name: "Yams", package: "Yams"),
        ],
        swiftSettings: strict
    ),
    .executableTarget(
        name: "quicketl",
        dependencies: [
            "Settings", "Store", "Queue", "Engines", "Fleet", "Pipeline",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "SystemPackage", package: "swift-system"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        path: "Sources/Submitter",
        swiftSettings: strict,
        linkerSettings: startsFast
    ),
    .executableTarget(
        name: "quicketl-worker",
        dependencies: [
            "Settings", "Store", "Queue", "Engines", "Events", "Fleet", "Pipeline",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        path: "Sources/Worker",
        swiftSettings: strict
    ),
    // Used by tests only: private PostgreSQL servers, temporary folders, seeds.
    .target(
        name: "Support",
        dependencies: ["Fleet", "Pipeline", .product(name: "Subprocess", package: "swift-subprocess")],
        path: "Tests/Support",
        exclude: ["validate_events.py"],
        swiftSettings: strict
    ),
    .testTarget(
        name: "EnginesTests",
        dependencies: [
            "Engines", "Fleet", "Fuzzing", "Pipeline", "Support", .product(name: "Crypto", package: "swift-crypto"),
            .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        ],
        exclude: ["Language/Cases"],
        swiftSettings: strict),
    .testTarget(name: "SettingsTests", dependencies: ["Settings", "Fleet", "Support"], swiftSettings: strict),
    .testTarget(
        name: "StoreTests",
        dependencies: ["Store", "Fleet", "Pipeline", "Support", .product(name: "Logging", package: "swift-log")],
        swiftSettings: strict),
    .testTarget(
        name: "QueueTests", dependencies: ["CRdKafka", "Queue", "Fleet", "Pipeline", "Support"], swiftSettings: strict),
    .testTarget(
        name: "EventsTests",
        dependencies: [
            "Events", "Fleet", "Pipeline", "Support",
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        swiftSettings: strict),
    // The campaign's broker, which may be killed.
    .executableTarget(
        name: "quicketl-test-broker", dependencies: ["Queue", .product(name: "Logging", package: "swift-log")],
        path: "Tests/BrokerRunner", swiftSettings: strict),
    .testTarget(
        name: "SystemTests",
        dependencies: [
            "quicketl", "quicketl-worker", "quicketl-test-broker", "Fleet", "Pipeline", "Queue", "Store", "Support",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "SystemPackage", package: "swift-system"),
        ],
        swiftSettings: strict
    ),
]

let package = Package(
    name: "quicketl",
    platforms: [.macOS(.v15)],
    products: unitOnly
        ? []
        : [
            .executable(name: "quicketl", targets: ["quicketl"]),
            .executable(name: "quicketl-worker", targets: ["quicketl-worker"]),
        ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ]
        + (unitOnly
            ? []
            : [
                .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
                .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
                .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
                .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
                .package(url: "https://github.com/apple/swift-protobuf", from: "1.38.0", traits: []),
                .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
                .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
                .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
                .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
                .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
                .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
                .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
            ]),
    targets: unitOnly ? pureTargets + [fuzzRunner] : pureTargets + adapterTargets,
    swiftLanguageModes: [.v6]
)
