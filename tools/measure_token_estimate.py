#!/usr/bin/env python3
"""Measures the error of the gateway's estimate of tokens (services/edge/domain/openai_request.cc, EstimateTokens)
against Mistral's tokenizer "tekken". Needs the package mistral-common, whose wheel has the vocabulary.

    python3 -m venv venv && venv/bin/pip install mistral-common && venv/bin/python tools/measure_token_estimate.py
"""

import glob
import pathlib
import statistics

import mistral_common
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

ROOT = pathlib.Path(__file__).parents[1]
VOCABULARY = pathlib.Path(mistral_common.__file__).parent / "data/tekken_240911.json"

SAMPLES = {
    "French": "Le règlement européen sur l'intelligence artificielle est entré en vigueur en août 2024. Il classe les "
    "systèmes selon leur risque et interdit quelques usages. Les entreprises ont jusqu'à 2026 pour s'y conformer. ",
    "German": "Die Verordnung über künstliche Intelligenz trat im August 2024 in Kraft. Sie ordnet Systeme nach ihrem "
    "Risiko und verbietet einige Anwendungen. Unternehmen haben bis 2026 Zeit, sich darauf einzustellen. ",
    "Russian": "Регламент об искусственном интеллекте вступил в силу в августе 2024 года. Он делит системы по уровню "
    "риска и запрещает некоторые виды использования. ",
    "Arabic": "دخل قانون الذكاء الاصطناعي حيز التنفيذ في أغسطس 2024. وهو يصنف الأنظمة حسب المخاطر ويحظر بعض الاستخدامات. ",
    "Hindi": "कृत्रिम बुद्धिमत्ता पर विनियमन अगस्त 2024 में लागू हुआ। यह प्रणालियों को जोखिम के अनुसार वर्गीकृत करता है। ",
    "Chinese": "人工智能法规于2024年8月生效。它按风险对系统进行分类,并禁止某些用途。企业必须在2026年之前遵守。",
    "Japanese": "人工知能に関する規則は2024年8月に発効した。リスクに応じてシステムを分類し、一部の用途を禁止している。",
    "digits": "4111 1111 1111 1111, 2024-08-01, 3.14159, 100000, 0x7f, 192.168.0.1; ",
}


def files(pattern, limit=30):
    for name in sorted(glob.glob(str(ROOT / pattern), recursive=True))[:limit]:
        text = pathlib.Path(name).read_text(errors="replace")
        for start in range(0, min(len(text), 20000), 2000):
            if len(text) - start > 500:
                yield text[start : start + 2000]


def main():
    tokenizer = Tekkenizer.from_file(str(VOCABULARY))
    texts = {
        "English (docs/)": list(files("docs/**/*.md")),
        "C++ (services/)": list(files("services/**/*.cc")),
        "JSON and YAML (tests/data)": list(files("tests/data/**/*.yaml")),
    }
    texts.update({name: [sample * 5] for name, sample in SAMPLES.items()})
    print("| text | bytes per token | estimate / tokens, median | least | greatest |\n|---|---|---|---|---|")
    for name, group in texts.items():
        counts = [len(tokenizer.encode(t, bos=False, eos=False)) for t in group]
        sizes = [len(t.encode()) for t in group]
        ratios = [(size // 4 + 4) / count for size, count in zip(sizes, counts)]
        per_token = sum(sizes) / sum(counts)
        print(f"| {name} | {per_token:.1f} | {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} |")


if __name__ == "__main__":
    main()
