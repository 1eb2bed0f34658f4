import Dispatch
import Foundation
import Logging
import Queue

/// The embedded broker in a process of its own, so that it can be killed, and takes nobody with it when it ends by itself.
///
/// Writes its address to the file that its argument names. SIGUSR1: it answers nothing for half a minute, or until
/// SIGUSR2.
@main struct BrokerRunner {
    static func main() async throws {
        guard CommandLine.arguments.count == 2 else { exit(2) }
        var logger = Logger(label: "broker")
        logger.logLevel = .error
        let broker = try await EmbeddedBroker.start(topics: Topics(), logger: logger)
        let delays = [SIGUSR1: Duration.seconds(30), SIGUSR2: .zero].map { number, delay in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            // It is never stopped, so that it always takes this.
            source.setEventHandler { @Sendable in try? broker.answer(after: delay) }
            source.resume()
            return source
        }
        // Whole or not there at all, for whoever reads it meanwhile.
        try broker.address.write(toFile: CommandLine.arguments[1], atomically: true, encoding: .utf8)
        while true { try await Task.sleep(for: .seconds(3600)) }
        withExtendedLifetime(delays) {}
    }
}
