"""Given names usual among patients in Poland, folded (`intake.names.fold`).

They only decide the order of a name in a column whose heading does not tell it; a name missing here does no harm
beyond that.
"""

GIVEN_NAMES = frozenset(
    """
    adam adrian agata agnes agnieszka alan albert aleksander aleksandra alfred alicja amelia anastazja andrzej
    aneta angelika aniela anita anna antoni antonina apolonia arkadiusz artur barbara bartlomiej bartosz beata
    blanka blazej bogdan bogumil bogumila boguslaw boguslawa boleslaw borys bozena bronislaw bronislawa cecylia
    cezary cyprian czeslaw czeslawa dagmara damian daniel daniela danuta daria dariusz dawid diana dominik
    dominika dorota edward edyta eliza elzbieta emil emilia eryk eugenia eugeniusz ewa ewelina fabian felicja
    feliks filip franciszek franciszka gabriel gabriela genowefa gerard grazyna grzegorz gustaw halina hanna
    helena henryk henryka hubert ida ignacy igor ilona irena ireneusz irmina iwan iwona iza izabela jacek jadwiga
    jagoda jakub jan janina janusz jaroslaw jedrzej jerzy joachim joanna jolanta jozef jozefa julia julian julita
    justyna kacper kaja kajetan kalina kamil kamila karol karolina katarzyna kazimiera kazimierz kinga klara
    klaudia konrad konstanty kornel kornelia krystian krystyna krzysztof ksawery laura lech lena leokadia leon
    leszek lidia liliana lucja lucjan lucyna ludwik ludwika lukasz maciej magda magdalena maja maksymilian
    malgorzata malwina marceli marcelina marcin marek maria marian marianna mariola mariusz marlena marta martyna
    maryla marzanna marzena mateusz matylda michal michalina mieczyslaw mieczyslawa mikolaj milena milosz miroslaw
    miroslawa monika nadia natalia nataliia natan nel nicola nikodem nikola nina norbert oksana ola olaf oleksandr
    olena olga oliwer oliwia oskar otylia patrycja patryk paulina pawel piotr pola przemyslaw radoslaw rafal
    regina remigiusz renata robert roksana roman romana romuald rozalia ryszard ryszarda sabina sandra sara
    sebastian seweryn slawomir sonia stanislaw stanislawa stefan stefania stella svitlana sylwester sylwia szymon
    tadeusz tamara tatiana teodor teresa tomasz tymon tymoteusz urszula violetta volodymyr waclaw waldemar
    walentyna wanda weronika wieslaw wieslawa wiktor wiktoria wincenty wioletta wit witold wladyslaw wladyslawa
    wlodzimierz wojciech yaroslav yuliia zbigniew zdzislaw zdzislawa zenon zofia zosia zuzanna zygmunt zyta
    """.split()  # noqa: SIM905 - three hundred quoted names in a column would read worse
)
