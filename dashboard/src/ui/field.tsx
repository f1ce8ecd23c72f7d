// Fields of forms: a label, the control, a hint, and what is wrong with it.

import type { ReactNode } from "react";
import {
  Switch as AriaSwitch,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
  TextArea,
  ToggleButton,
  ToggleButtonGroup,
} from "react-aria-components";
import { common } from "../texts/common.ts";
import { Icon } from "./icon.tsx";

export interface TextFieldProps extends Omit<AriaTextFieldProps, "className" | "children"> {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with it, in the gateway's words. */
  readonly problem?: string | undefined;
  readonly placeholder?: string | undefined;
  readonly rows?: number | undefined;
  readonly hideLabel?: boolean;
}

export function TextField({ label, hint, problem, placeholder, rows, hideLabel = false, ...props }: TextFieldProps) {
  return (
    <AriaTextField
      {...props}
      // Not `false`: that would hide what the browser finds wrong.
      {...(problem === undefined ? {} : { isInvalid: true })}
      // What the gateway has refused must not keep the browser from sending it again, corrected.
      validationBehavior={problem === undefined ? "native" : "aria"}
      className={props.isRequired === true ? "field required" : "field"}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {hideLabel ? null : <Label>{label}</Label>}
      {rows === undefined ? (
        <Input className="input" placeholder={placeholder ?? ""} />
      ) : (
        <TextArea className="input" rows={rows} placeholder={placeholder ?? ""} />
      )}
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="problem">
        {({ validationDetails, validationErrors }) =>
          problem ?? (validationDetails.valueMissing ? common.required : validationErrors.join(" "))
        }
      </FieldError>
    </AriaTextField>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface ChoiceFieldProps<Value extends string> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly hideLabel?: boolean;
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
  readonly isDisabled?: boolean;
}

/** One of several, in a list that opens. */
export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const { label, hint, hideLabel = false, value, choices, onChange, isDisabled = false } = props;
  return (
    <Select
      className="field"
      value={value}
      isDisabled={isDisabled}
      onChange={(key) => onChange(key as Value)}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {hideLabel ? null : <Label>{label}</Label>}
      <Button className="choice">
        <SelectValue className="clip" />
        <Icon name="down" />
      </Button>
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <Popover className="popover">
        <ListBox className="options" items={choices.map((choice) => ({ ...choice, id: choice.value }))}>
          {(choice) => <ListBoxItem className="option">{choice.label}</ListBoxItem>}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** One of a few, all of them in sight. */
export function Segmented<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: Pick<ChoiceFieldProps<Value>, "label" | "value" | "choices" | "onChange">) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      className="segmented"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [first] = keys;
        if (first !== undefined) onChange(first as Value);
      }}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.value} id={choice.value}>
          {choice.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

export function Switch(props: {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (selected: boolean) => void;
}) {
  const { children, isSelected, isDisabled = false, onChange } = props;
  return (
    <AriaSwitch className="switch" isSelected={isSelected} isDisabled={isDisabled} onChange={onChange}>
      <span className="track" />
      <span className="grow">{children}</span>
    </AriaSwitch>
  );
}
