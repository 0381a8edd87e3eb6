// AxonFlow's SDK for Java, as an application uses it: one case, told as one line of JSON.
//
//   Client ENDPOINT CASE TEXT [CLIENT_ID CLIENT_SECRET]
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.getaxonflow.sdk.AxonFlow;
import com.getaxonflow.sdk.AxonFlowConfig;
import com.getaxonflow.sdk.exceptions.AxonFlowException;
import com.getaxonflow.sdk.exceptions.PolicyViolationException;
import com.getaxonflow.sdk.types.AuditOptions;
import com.getaxonflow.sdk.types.ClientRequest;
import com.getaxonflow.sdk.types.PolicyApprovalRequest;
import com.getaxonflow.sdk.types.PolicyApprovalResult;
import com.getaxonflow.sdk.types.RequestType;
import com.getaxonflow.sdk.types.TokenUsage;
import com.getaxonflow.sdk.util.CacheConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

public final class Client {
  private static final String MODEL = "mistral-large-latest";

  private static ClientRequest chat(String text, String provider) {
    ClientRequest.Builder request = ClientRequest.builder().query(text).userToken("").requestType(RequestType.CHAT);
    return (provider == null ? request : request.llmProvider(provider)).build();
  }

  private static AuditOptions report(String context, int prompt, int completion) {
    return AuditOptions.builder().contextId(context).clientId("community").responseSummary("").provider("mistral")
        .model(MODEL).tokenUsage(TokenUsage.of(prompt, completion)).latencyMs(500).success(true).build();
  }

  // Pre-check, a call of one's own, the report of it: three times for one context.
  private static Object gateway(AxonFlow client, String text) {
    PolicyApprovalResult check;
    try {
      check = client.getPolicyApprovedContext(
          PolicyApprovalRequest.builder().userToken("").query(text).clientId("community").build());
    } catch (PolicyViolationException error) {
      return Map.of("check", Map.of("approved", false, "block_reason", error.getBlockReason()));
    }
    List<Object> reports = new ArrayList<>();
    for (int i = 0; i < 3; ++i) {
      reports.add(client.auditLLMCall(report(check.getContextId(), 10, 50)));
    }
    return Map.of("check", check, "reports", reports);
  }

  private static Object reports(AxonFlow client) {
    Map<String, Object> answers = new LinkedHashMap<>();
    answers.put("pricing", client.getPricing("mistral", MODEL));
    // Not getPricing(): this release takes any answer that names a provider for the price of one model.
    answers.put("usage", client.getUsageSummary("daily"));
    answers.put("by_provider", client.getUsageBreakdown("provider", "daily"));
    answers.put("by_model", client.getUsageBreakdown("model", null));
    answers.put("records", client.listUsageRecords());
    return answers;
  }

  private static Object run(AxonFlow client, String name, String text) {
    switch (name) {
      case "proxy":
        return client.executeQueryAsync(chat(text, "mistral")).join();
      case "sync":
        return client.executeQuery(chat(text, null));
      case "unknown_provider":
        return client.executeQuery(chat(text, "nobody"));
      case "gateway":
        return gateway(client, text);
      case "foreign_context":
        return client.auditLLMCall(report(text, 1, 1));
      case "health":
        return Map.of("healthy", client.healthCheck().isHealthy());
      case "reports":
        return reports(client);
      default:
        throw new IllegalArgumentException(name);
    }
  }

  private static Object told(AxonFlow client, String name, String text) {
    try {
      return run(client, name, text);
    } catch (AxonFlowException error) {
      return Map.of("raised", error.getClass().getSimpleName(), "message", error.getMessage());
    } catch (CompletionException error) {
      Throwable cause = error.getCause();
      return Map.of("raised", cause.getClass().getSimpleName(), "message", cause.getMessage());
    }
  }

  public static void main(String[] arguments) throws Exception {
    AxonFlowConfig.Builder config =
        AxonFlowConfig.builder().agentUrl(arguments[0]).orchestratorUrl(arguments[0])
            .cacheConfig(CacheConfig.disabled());
    if (arguments.length > 4) config.clientId(arguments[3]).clientSecret(arguments[4]);
    ObjectMapper json = new ObjectMapper().registerModule(new JavaTimeModule())
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
    try (AxonFlow client = AxonFlow.create(config.build())) {
      System.out.println(json.writeValueAsString(told(client, arguments[1], arguments[2])));
    }
    System.exit(0); // its HTTP library keeps threads
  }
}
