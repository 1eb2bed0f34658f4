// swift-tools-version: 6.1
import PackageDescription

// A package of its own: users and tests of quicketl do not build it.
let package = Package(
    name: "quicketl-benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .executableTarget(name: "small-runs", path: "Sources/SmallRuns"),
        .executableTarget(name: "routing", path: "Sources/Routing"),
    ],
    swiftLanguageModes: [.v6]
)
